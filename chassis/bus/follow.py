"""Every event on a subject, to each process that follows it: nobody shares, nothing is kept.

Where a durable consumer hands each event to one of a service's processes, this is for what every
process must know. A process that starts late is told of the time before, and after a lost
connection the next event is the one after the last.

Source:
    Ordered consumers, docs.nats.io/nats-concepts/jetstream/consumers: no acknowledgements; a gap
    in the consumer's own sequence, or silence instead of heartbeats, begins a new consumer.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from opentelemetry.trace import SpanKind

from chassis.bus.connection import Connection
from chassis.bus.consumer import Handler
from chassis.bus.streams import EVENTS
from chassis.bus.subjects import BusUnavailable
from chassis.envelope import Envelope, EnvelopeInvalid
from chassis.telemetry import span, trace_of

HEARTBEAT_SECONDS = 1.0
# No heartbeat for so long: the consumer is gone, or the server.
SILENCE_SECONDS = 3.0
# Of the server's clock; events within it are told again, and passed over.
OVERLAP = timedelta(milliseconds=1)
RETRY_SECONDS = 0.5
# After it the server forgets a consumer that nobody listens to.
FORGOTTEN_SECONDS = 30.0

_log = structlog.get_logger("chassis.bus")


class Following:
    """A handler that gets every event on one subject, until `stop`.

    Args:
        connection: made anew by itself where NATS goes away.
        subject: one subject of the stream, without wildcards; the server's permissions can name
            it, since it stands in the request that makes the consumer.
        handler: gets each event, in order; what it raises loses it this one only.
        since_seconds: events of so long ago are handed on first.
    """

    def __init__(
        self, connection: Connection, subject: str, handler: Handler, since_seconds: float
    ) -> None:
        self._connection = connection
        self._subject = subject
        self._handler = handler
        self._since = timedelta(seconds=since_seconds)
        # Of the last event: its place in the stream and when it came there.
        self._last: tuple[int, datetime] | None = None
        self._current = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_current(self) -> bool:
        """Whether every event up to now, or to a few seconds ago, has been handed on."""
        return self._current.is_set()

    async def wait_current(self) -> None:
        """Return when that is so."""
        await self._current.wait()

    def start(self) -> None:
        """Begin, as soon as NATS is there."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Follow no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._connection.wait_connected()
                await self._follow()
            except (Error, BusUnavailable) as error:
                _log.warning("following waits", subject=self._subject, error=repr(error))
            finally:
                self._current.clear()
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self) -> None:
        arrived: asyncio.Queue[Msg] = asyncio.Queue()
        client = self._connection.client
        inbox = client.new_inbox()
        arrivals = await client.subscribe(  # pyright: ignore[reportUnknownMemberType] `future`
            inbox, cb=arrived.put
        )
        try:
            made = await self._connection.jetstream.add_consumer(  # pyright: ignore[reportUnknownMemberType] `params`
                EVENTS.name or "", self._config(inbox)
            )
            await self._hand_on_all(arrived, made.num_pending or 0)
        finally:
            with suppress(Error):
                # The connection may have gone first, and the subscription with it.
                await arrivals.unsubscribe()

    def _config(self, inbox: str) -> ConsumerConfig:
        # By time: in a stream that was made anew, a sequence would be beyond its end.
        start = self._last[1] - OVERLAP if self._last else datetime.now(UTC) - self._since
        return ConsumerConfig(
            name=inbox.rpartition(".")[2],
            deliver_subject=inbox,
            filter_subject=self._subject,
            deliver_policy=DeliverPolicy.BY_START_TIME,
            opt_start_time=start,  # pyright: ignore[reportArgumentType] nats-py writes it as it is
            ack_policy=AckPolicy.NONE,
            max_deliver=1,
            idle_heartbeat=HEARTBEAT_SECONDS,
            inactive_threshold=FORGOTTEN_SECONDS,
            mem_storage=True,
            num_replicas=1,
        )

    async def _hand_on_all(self, arrived: asyncio.Queue[Msg], pending: int) -> None:
        """Hand on what arrives, until something is missing."""
        count = 0
        while True:
            if pending == 0:
                self._current.set()
            message = await _next(arrived)
            if _is_heartbeat(message):
                _check_sequence(_last_sent(message), count)
                continue
            count += 1
            metadata = message.metadata
            _check_sequence(metadata.sequence.consumer, count)
            place = (metadata.sequence.stream, metadata.timestamp)
            if not self._was_handed_on(*place):
                await self._hand_on(message)
                self._last = place
            pending = metadata.num_pending

    def _was_handed_on(self, sequence: int, at: datetime) -> bool:
        return self._last is not None and sequence <= self._last[0] and at <= self._last[1]

    async def _hand_on(self, message: Msg) -> None:
        try:
            event = Envelope.from_bytes(message.data)
        except EnvelopeInvalid as error:
            _log.error("no event", subject=self._subject, error=str(error))
            return
        parent = trace_of(event.traceparent)
        with span(f"follow {event.type}", kind=SpanKind.CONSUMER, parent=parent):
            try:
                await self._handler(event)
            except Exception:  # noqa: BLE001 the next event is handed on all the same
                _log.exception("event not handled", subject=self._subject, event_id=event.id)


async def _next(arrived: asyncio.Queue[Msg]) -> Msg:
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            return await arrived.get()
    except TimeoutError:
        raise BusUnavailable("no heartbeat") from None


def _is_heartbeat(message: Msg) -> bool:
    return bool(message.headers) and "Status" in (message.headers or {})


def _last_sent(heartbeat: Msg) -> int:
    return int((heartbeat.headers or {}).get("Nats-Last-Consumer", "0"))


def _check_sequence(found: int, expected: int) -> None:
    if found != expected:
        raise BusUnavailable(f"event {expected} of the consumer is missing, {found} is there")
