"""The bus as services see it: publish, consume, follow, ask, answer, tell, listen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog
from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext
from opentelemetry.trace import SpanKind

from chassis.bus.backlog import Backlog, read_backlog
from chassis.bus.connection import Connection
from chassis.bus.consumer import ConsumerOptions, Handler, Subscription
from chassis.bus.follow import Following
from chassis.bus.live import Heard, Listening
from chassis.bus.questions import Answerer, Answering, ask
from chassis.bus.subjects import checked
from chassis.envelope import Envelope
from chassis.telemetry import span, trace_of

_log = structlog.get_logger("chassis.bus")


class Bus:
    """Where NATS is away, it goes on when it is back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._subscriptions: list[Subscription | Following] = []

    @classmethod
    async def connect(cls, url: str, name: str, *, wait_seconds: float = 2.0) -> Bus:
        """Begin to connect; returns when connected, or after `wait_seconds` all the same.

        Args:
            url: MT_NATS_URL, `nats://user:password@host:port`.
            name: of the service, as NATS shows it.
            wait_seconds: how long to wait for a server that is away.
        """
        connection = Connection(url, name)
        await connection.open(wait_seconds)
        return cls(connection)

    @property
    def is_connected(self) -> bool:
        """Whether NATS is there at the moment."""
        return self._connection.is_connected

    async def wait_connected(self) -> None:
        """Return when NATS is there."""
        await self._connection.wait_connected()

    async def ensure_streams(self) -> None:
        """Make the streams of events and dead letters, or bring them up to date.

        Whoever comes first makes them; where NATS is away, they are made once it is there.
        """
        await self._connection.when_connected(self._connection.ensure_streams)

    async def publish(self, envelope: Envelope) -> None:
        """Put an event into the stream and wait until it is there.

        The same id again within five minutes adds nothing.

        Raises:
            BusUnavailable: not acknowledged in time; it may be there all the same.
        """
        headers = {"Nats-Msg-Id": envelope.id}
        parent = trace_of(envelope.traceparent)
        with span(f"publish {envelope.type}", kind=SpanKind.PRODUCER, parent=parent):
            await self._connection.put(envelope.nats_subject, envelope.to_bytes(), headers)

    async def consume(
        self,
        durable: str,
        subjects: Sequence[str],
        handler: Handler,
        options: ConsumerOptions | None = None,
    ) -> Subscription:
        """Have `handler` called with each event on `subjects`, at least once each.

        Events of one aggregate come in order while nothing fails, those of others beside them; that
        holds in one process, and between processes that share `durable` the version must decide.
        What the handler raises brings the event again later, up to five times in all; then it, or
        whatever is no event, goes to `mt.dlq.<durable>`.

        Args:
            durable: name under which the place in the stream is kept; processes share it.
            subjects: `mt.v1.…`, wildcards allowed.
            handler: its effect must be idempotent: see `chassis.inbox`.
            options: other times and counts than the usual.
        """
        filters = [checked(one) for one in subjects]
        subscription = Subscription(self._connection, checked(durable), filters, handler, options)
        self._subscriptions.append(subscription)
        subscription.start()
        return subscription

    def follow(self, subject: str, handler: Handler, since_seconds: float) -> Following:
        """Have `handler` called with every event on `subject`, in each process that follows it.

        After a lost connection it goes on where it was; a process that begins late is told of the
        time before.

        Args:
            subject: `mt.v1.…`, without wildcards.
            handler: gets each event, in order; what it raises loses it this one only.
            since_seconds: events of so long ago are handed on first.
        """
        following = Following(self._connection, checked(subject), handler, since_seconds)
        self._subscriptions.append(following)
        following.start()
        return following

    async def request(self, subject: str, data: bytes, timeout: float = 1.0) -> bytes:  # noqa: ASYNC109 seconds
        """Ask whoever answers `subject`.

        Raises:
            BusUnavailable: nobody answers it (told at once), not in time, or the answerer failed.
        """
        return await ask(self._connection, checked(subject), data, timeout)

    async def reply(self, subject: str, queue: str, handler: Answerer) -> None:
        """Answer `subject`, together with all who name the same `queue`, until `close`."""
        answering = Answering(self._connection, checked(subject), handler)
        await self._connection.when_connected(partial(answering.begin, checked(queue)))

    async def tell(self, subject: str, data: bytes = b"") -> None:
        """Ring on a live subject, for whoever listens; where NATS is away, nobody hears it."""
        if not self.is_connected:
            return
        try:
            await self.client.publish(checked(subject), data)
        except Error as error:
            _log.debug("live message not sent", subject=subject, error=repr(error))

    async def listen(self, subject: str, handler: Heard) -> Listening:
        """Have `handler` called with each live message on `subject`, as long as NATS is there.

        Once this returned, nothing told afterwards is missed but while NATS is away or stalls.
        """
        listening = Listening(self.client, checked(subject), handler)
        listening.beginning = await self._connection.when_connected(listening.begin)
        return listening

    async def backlog(self, durables: Sequence[str]) -> Backlog:
        """What these consumers have not handled.

        Raises:
            BusUnavailable: NATS is away, or does not know one of them.
        """
        return await read_backlog(self._connection, durables)

    async def close(self) -> None:
        """Finish what is in hand and hang up."""
        await asyncio.gather(*(one.stop() for one in self._subscriptions))
        await self._connection.close()

    @property
    def client(self) -> Client:
        """The client itself."""
        return self._connection.client

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream through the same connection."""
        return self._connection.jetstream
