"""One connection to NATS: made in the background, kept for the life of the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, NoRespondersError
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import BadRequestError, NoStreamResponseError
from opentelemetry.trace import SpanKind

from chassis.bus.consumer import ConsumerOptions, Handler, Subscription
from chassis.bus.live import Heard, Listening
from chassis.bus.subjects import DEAD_LETTERS, EVENTS, BusUnavailable, checked
from chassis.envelope import Envelope
from chassis.telemetry import extract, inject, span

ACK_SECONDS = 2.0
RECONNECT_SECONDS = 0.25
# Questions of others that are answered at one time.
MOST_ANSWERS = 64
FAILED_HEADER = "x-mt-failed"

Answerer = Callable[[bytes], Awaitable[bytes]]

_log = structlog.get_logger("chassis.bus")


class Bus:
    """Publishes, consumes, asks and answers. Where NATS is away, it goes on when it is back."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name
        self._client = Client()
        self._jetstream = JetStreamContext(self._client, timeout=ACK_SECONDS)
        self._connected = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscriptions: list[Subscription] = []
        self._closing = False
        self._answers = asyncio.Semaphore(MOST_ANSWERS)

    @classmethod
    async def connect(cls, url: str, name: str, *, wait_seconds: float = 2.0) -> Bus:
        """Begin to connect; returns when connected, or after `wait_seconds` all the same.

        Args:
            url: MT_NATS_URL, `nats://user:password@host:port`.
            name: of the service, as NATS shows it.
            wait_seconds: how long to wait for a server that is away.
        """
        bus = cls(url, name)
        connecting = bus._start(bus._connect())
        await asyncio.wait({connecting}, timeout=wait_seconds)
        return bus

    @property
    def is_connected(self) -> bool:
        """Whether NATS is there at the moment."""
        return self._client.is_connected

    async def ensure_streams(self) -> None:
        """Make the streams of events and dead letters, or bring them up to date.

        Whoever comes first makes them; where NATS is away, they are made once it is there.
        """
        if self.is_connected:
            await self._make_streams()
        else:
            self._start(self._make_streams_later())

    async def publish(self, envelope: Envelope) -> None:
        """Put an event into the stream and wait until it is there.

        The same id again within five minutes adds nothing.

        Raises:
            BusUnavailable: not acknowledged in time; it may be there all the same.
        """
        headers = {"Nats-Msg-Id": envelope.id}
        trace = extract({"traceparent": envelope.traceparent} if envelope.traceparent else {})
        with span(f"publish {envelope.type}", kind=SpanKind.PRODUCER, parent=trace):
            await self._put(envelope.nats_subject, envelope.to_bytes(), headers)

    async def consume(
        self,
        durable: str,
        subjects: Sequence[str],
        handler: Handler,
        options: ConsumerOptions | None = None,
    ) -> Subscription:
        """Have `handler` called with each event on `subjects`, at least once each.

        Events of one aggregate come in order while nothing fails, those of others beside them. What
        the handler raises brings the event again later, up to five times in all; then it, or
        whatever is no event, goes to `mt.dlq.<durable>`.

        Args:
            durable: name under which the place in the stream is kept; processes share it.
            subjects: `mt.v1.…`, wildcards allowed.
            handler: its effect must be idempotent: see `chassis.inbox`.
            options: other times and counts than the usual.
        """
        filters = [checked(one) for one in subjects]
        subscription = Subscription(self, checked(durable), filters, handler, options)
        self._subscriptions.append(subscription)
        subscription.start()
        return subscription

    async def request(self, subject: str, data: bytes, timeout: float = 1.0) -> bytes:  # noqa: ASYNC109 seconds
        """Ask whoever answers `subject`.

        Raises:
            BusUnavailable: nobody answers it (told at once), not in time, or the answerer failed.
        """
        self._check_connected()
        with span(f"ask {subject}", kind=SpanKind.CLIENT):
            try:
                answer = await self._client.request(
                    checked(subject), data, timeout=timeout, headers=dict(inject())
                )
            except Error as error:
                raise BusUnavailable(_reason(error)) from error
        if answer.headers and FAILED_HEADER in answer.headers:
            raise BusUnavailable(f"{subject} failed")
        return answer.data

    async def reply(self, subject: str, queue: str, handler: Answerer) -> None:
        """Answer `subject`, together with all who name the same `queue`, until `close`."""

        async def received(message: Msg) -> None:
            # Beside the others: the client hands out one message at a time.
            await self._answers.acquire()
            self._start(self._answer(message, handler)).add_done_callback(
                lambda _: self._answers.release()
            )

        async def subscribe() -> None:
            await self._connected.wait()
            await self._client.subscribe(  # pyright: ignore[reportUnknownMemberType] `future`
                checked(subject), queue=checked(queue), cb=received
            )
            await self._client.flush()

        if self.is_connected:
            await subscribe()
        else:
            self._start(subscribe())

    async def tell(self, subject: str, data: bytes = b"") -> None:
        """Ring on a live subject, for whoever listens; where NATS is away, nobody hears it."""
        if not self.is_connected:
            return
        try:
            await self._client.publish(checked(subject), data)
        except Error as error:
            _log.debug("live message not sent", subject=subject, error=repr(error))

    async def listen(self, subject: str, handler: Heard) -> Listening:
        """Have `handler` called with each live message on `subject`, as long as NATS is there.

        Once this returned, nothing told afterwards is missed but while NATS is away.
        """
        listening = Listening(checked(subject), handler)
        if self.is_connected:
            await self._begin(listening)
        else:
            listening.begin_later(self._start(self._begin(listening)))
        return listening

    async def close(self) -> None:
        """Finish what is in hand and hang up."""
        self._closing = True
        await asyncio.gather(*(one.stop() for one in self._subscriptions))
        try:
            if self.is_connected:
                await self._client.drain()
            else:
                await self._client.close()
        except Error as error:
            _log.warning("bus not closed cleanly", error=repr(error))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_connected(self) -> None:
        """Return when NATS is there."""
        await self._connected.wait()

    @property
    def client(self) -> Client:
        """The client itself, for live messages on core NATS and for tests."""
        return self._client

    @property
    def jetstream(self) -> JetStreamContext:
        """JetStream through the same connection."""
        return self._jetstream

    async def put_dead_letter(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        """Keep what cannot be handled, as it came.

        Raises:
            BusUnavailable: not acknowledged in time.
        """
        await self._put(subject, body, headers)

    async def _begin(self, listening: Listening) -> None:
        await self._connected.wait()
        listening.begun(
            await self._client.subscribe(  # pyright: ignore[reportUnknownMemberType] `future`
                listening.subject, cb=listening.received
            )
        )
        # Or what another connection tells right now would not be heard.
        await self._client.flush()

    async def _put(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        self._check_connected()
        try:
            try:
                await self._jetstream.publish(subject, body, headers=headers)
            except NoStreamResponseError:
                # Nobody has made it yet, or the server came back without its data.
                await self._make_streams()
                await self._jetstream.publish(subject, body, headers=headers)
        except Error as error:
            raise BusUnavailable(_reason(error)) from error

    async def _make_streams(self) -> None:
        try:
            for stream in (EVENTS, DEAD_LETTERS):
                await self._make_stream(stream)
        except Error as error:
            raise BusUnavailable(_reason(error)) from error

    async def _make_stream(self, stream: StreamConfig) -> None:
        try:
            await self._jetstream.add_stream(stream)  # pyright: ignore[reportUnknownMemberType] `params`
        except BadRequestError:
            # It is there with other settings, of an earlier version of ours.
            await self._jetstream.update_stream(stream)  # pyright: ignore[reportUnknownMemberType] `params`

    async def _make_streams_later(self) -> None:
        await self._connected.wait()
        try:
            await self._make_streams()
        except BusUnavailable as error:
            # The first publish tries again.
            _log.warning("streams not made", error=str(error))

    async def _answer(self, message: Msg, handler: Answerer) -> None:
        headers = message.headers or {}
        with span(f"answer {message.subject}", kind=SpanKind.SERVER, parent=extract(headers)):
            try:
                data, failed = await handler(message.data), None
            except Exception:  # noqa: BLE001 the asker is told, and others are answered all the same
                _log.exception("answer failed", subject=message.subject)
                data, failed = b"", {FAILED_HEADER: "1"}
        try:
            await self._client.publish(message.reply, data, headers=failed)
        except Error as error:
            _log.warning("answer not sent", subject=message.subject, error=repr(error))

    async def _connect(self) -> None:
        await self._client.connect(
            self._url,
            name=self._name,
            error_cb=_on_error,
            disconnected_cb=self._on_disconnect,
            reconnected_cb=self._on_connect,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,  # pyright: ignore[reportArgumentType] it sleeps, so parts of a second do
            connect_timeout=2,
            ping_interval=10,
            drain_timeout=5,
        )
        await self._on_connect()

    async def _on_connect(self) -> None:
        _log.info("bus connected")
        self._connected.set()

    async def _on_disconnect(self) -> None:
        self._connected.clear()
        if not self._closing:
            _log.warning("bus disconnected")

    def _check_connected(self) -> None:
        if not self.is_connected:
            raise BusUnavailable("not connected")

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _on_error(error: Exception) -> None:
    # A refused publish or subscription shows only here.
    if "permissions" in str(error).lower() or "authorization" in str(error).lower():
        _log.error("bus refuses", error=str(error))
    else:
        _log.debug("bus error", error=repr(error))


def _reason(error: Error) -> str:
    return (
        "nobody answers"
        if isinstance(error, NoRespondersError)
        else f"{type(error).__name__}: {error}"
    )
