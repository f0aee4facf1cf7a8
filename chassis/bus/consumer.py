"""A durable consumer: pulls events, hands them on, and puts aside what cannot be handled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import structlog
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from opentelemetry.trace import SpanKind

from chassis.bus.connection import Connection
from chassis.bus.streams import EVENTS, REPLAYED
from chassis.bus.subjects import BusUnavailable, subject
from chassis.envelope import Envelope, EnvelopeInvalid
from chassis.telemetry import session_scope, span, trace_of

_T = TypeVar("_T")
Handler = Callable[[Envelope], Awaitable[None]]

LONGEST_ERROR = 500
# No messages; time is up.
EXPIRED = ("404", "408")

_log = structlog.get_logger("chassis.bus")


@dataclass(frozen=True)
class ConsumerOptions:
    """Times in seconds, and counts.

    Attributes:
        tries: deliveries before an event is put aside.
        backoff: wait after the first, second, … failed try; the last counts for the rest.
        ack_wait: how soon an event comes again when its consumer died; as long as it lives, it
            says that it is still at work.
        handler_seconds: how long the handler may take for one event.
        batch: the most events pulled at once.
        pull_seconds: how long a pull lasts; after a reconnect a new one follows within it.
        retry_seconds: wait between attempts to reach the stream.
        again: what a handler raises for no fault of the event, since its store is away: it is
            called again, after the first wait each time, and that is no try. A process that ends
            meanwhile leaves the event to another, for which it is one.
    """

    tries: int = 5
    backoff: Sequence[float] = (1.0, 5.0, 15.0, 30.0)
    ack_wait: float = 6.0
    handler_seconds: float = 30.0
    batch: int = 32
    pull_seconds: float = 2.0
    retry_seconds: float = 0.5
    again: tuple[type[Exception], ...] = ()


class Subscription:
    """A handler at its place in the stream, until `stop`."""

    def __init__(
        self,
        connection: Connection,
        durable: str,
        filters: Sequence[str],
        handler: Handler,
        options: ConsumerOptions | None,
    ) -> None:
        self._connection = connection
        self._durable = durable
        self._filters = list(filters)
        self._handler = handler
        self._options = options or ConsumerOptions()
        self._arrived: asyncio.Queue[Msg] = asyncio.Queue()
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to pull, as soon as NATS is there."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End after the events in hand."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._pull_until_stopped()
            except (Error, BusUnavailable) as error:
                _log.warning("consumer waits", durable=self._durable, error=repr(error))
                await self._unless_stopped(asyncio.sleep(self._options.retry_seconds))

    async def _pull_until_stopped(self) -> None:
        await self._unless_stopped(self._connection.wait_connected())
        if self._stopping.is_set():
            return
        await self._connection.ensure_streams()
        await self._connection.jetstream.add_consumer(  # pyright: ignore[reportUnknownMemberType] `params`
            EVENTS.name or "", self._config()
        )
        inbox = self._connection.client.new_inbox()
        arrivals = await self._connection.client.subscribe(  # pyright: ignore[reportUnknownMemberType] `future`
            inbox, cb=self._arrived.put
        )
        try:
            while not self._stopping.is_set():
                await self._pull(inbox)
        finally:
            await arrivals.unsubscribe()

    def _config(self) -> ConsumerConfig:
        return ConsumerConfig(
            durable_name=self._durable,
            filter_subjects=[*self._filters, f"{REPLAYED}.{self._durable}"],
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self._options.ack_wait,
            deliver_policy=DeliverPolicy.ALL,
            # Unbounded: at its own bound JetStream drops an event without a word. We count.
            max_deliver=-1,
            max_ack_pending=self._options.batch * 8,
        )

    async def _pull(self, inbox: str) -> None:
        """One request for a batch, answered event by event until it is used up or expires."""
        ask = {"batch": self._options.batch, "expires": int(self._options.pull_seconds * 1e9)}
        next_message = f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS.name}.{self._durable}"
        await self._connection.client.publish(next_message, json.dumps(ask).encode(), reply=inbox)
        missing = self._options.batch
        while missing > 0 and not self._stopping.is_set():
            arrived = await self._next_messages()
            messages = [message for message in arrived if _status(message) is None]
            await self._handle_all(messages)
            missing -= len(messages)
            lost = {_status(message) for message in arrived} - {None, *EXPIRED}
            if lost:
                # The consumer is gone, as when the server came back without it.
                raise BusUnavailable(f"a pull ended with {lost}")
            if len(messages) < len(arrived) or not arrived:
                # It has expired, or was lost with a connection.
                return

    async def _next_messages(self) -> list[Msg]:
        try:
            async with asyncio.timeout(self._options.pull_seconds + 1):
                first = await self._unless_stopped(self._arrived.get())
        except TimeoutError:
            first = None
        messages = [first] if first is not None else []
        while not self._arrived.empty():
            messages.append(self._arrived.get_nowait())
        return messages

    async def _handle_all(self, messages: Sequence[Msg]) -> None:
        # One after the other for one aggregate, else beside each other.
        chains: dict[str, list[tuple[Msg, Envelope]]] = {}
        for message in messages:
            event = await self._read(message)
            if event is not None:
                chains.setdefault(event.subject, []).append((message, event))
        async with self._holding([message for chain in chains.values() for message, _ in chain]):
            await asyncio.gather(*(self._handle_chain(chain) for chain in chains.values()))

    @asynccontextmanager
    async def _holding(self, messages: Sequence[Msg]) -> AsyncGenerator[None]:
        """Keep events that are at work, or wait behind others, from coming again."""
        task = asyncio.create_task(self._say_at_work(messages))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _say_at_work(self, messages: Sequence[Msg]) -> None:
        while True:
            await asyncio.sleep(self._options.ack_wait / 3)
            for message in messages:
                if not message.is_acked:
                    # Where the connection is gone they come again, as they would have anyway.
                    with suppress(Error):
                        await message.in_progress()

    async def _handle_chain(self, chain: Sequence[tuple[Msg, Envelope]]) -> None:
        for message, event in chain:
            try:
                await self._handle(message, event)
            except (Error, BusUnavailable) as error:
                # Not answered for: it comes again.
                _log.warning("event not settled", durable=self._durable, error=repr(error))

    async def _read(self, message: Msg) -> Envelope | None:
        try:
            return Envelope.from_bytes(message.data)
        except EnvelopeInvalid as error:
            # The same bytes will be no event the next time either.
            try:
                await self._put_aside(message, error)
            except (Error, BusUnavailable) as unsettled:
                _log.warning("event not settled", durable=self._durable, error=repr(unsettled))
            return None

    async def _handle(self, message: Msg, event: Envelope) -> None:
        parent = trace_of(event.traceparent)
        tries = message.metadata.num_delivered
        name = f"consume {event.type}"
        with session_scope(event.session), span(name, kind=SpanKind.CONSUMER, parent=parent):
            if tries > self._options.tries:
                # Whoever had it did not live to say so.
                await self._put_aside(message, None)
                return
            try:
                is_handled = await self._call(event)
            except Exception as error:  # noqa: BLE001 whatever it is, the others go on
                _log.exception(
                    "event failed", durable=self._durable, event_id=event.id, tries=tries
                )
                await self._fail(message, tries, error)
            else:
                # Or it comes again, to whoever goes on.
                if is_handled:
                    await message.ack()

    async def _call(self, event: Envelope) -> bool:
        """Call the handler until its store is there; `False` where `stop` came first."""
        while True:
            try:
                async with asyncio.timeout(self._options.handler_seconds):
                    await self._handler(event)
            except self._options.again as error:
                _log.warning("event waits", durable=self._durable, error=repr(error))
                await self._unless_stopped(asyncio.sleep(self._options.backoff[0]))
                if self._stopping.is_set():
                    return False
            else:
                return True

    async def _fail(self, message: Msg, tries: int, error: Exception) -> None:
        if tries >= self._options.tries:
            await self._put_aside(message, error)
            return
        waits = self._options.backoff
        await message.nak(delay=waits[min(tries, len(waits)) - 1])

    async def _put_aside(self, message: Msg, error: Exception | None) -> None:
        metadata = message.metadata
        sequence = metadata.sequence.stream
        headers = {
            # Once, also when the answer to the first time got lost.
            "Nats-Msg-Id": f"{self._durable}.{sequence}",
            "x-mt-error": _one_line(repr(error) if error else "the consumer died with it"),
            # Of a replayed event, where it stood at first.
            "x-mt-subject": (message.headers or {}).get("x-mt-subject", message.subject),
            "x-mt-sequence": str(sequence),
            "x-mt-tries": str(metadata.num_delivered),
        }
        await self._connection.put(subject("mt", "dlq", self._durable), message.data, headers)
        await message.term()
        _log.error("event put aside", durable=self._durable, sequence=sequence)

    async def _unless_stopped(self, work: Awaitable[_T]) -> _T | None:
        """Wait for `work`, or for `stop`, which gives it up."""
        task = asyncio.ensure_future(work)
        stop = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            stop.cancel()
            task.cancel()


def _status(message: Msg) -> str | None:
    """What JetStream says about a pull, instead of an event."""
    return message.headers.get("Status") if message.headers and not message.reply else None


def _one_line(text: str) -> str:
    # A header ends at a line end, and is ASCII.
    return " ".join(text[:LONGEST_ERROR].split()).encode("ascii", "backslashreplace").decode()
