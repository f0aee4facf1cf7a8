"""The outbox: a change and its event are written in one transaction; a relay sends the event.

Delivered at least once, and in order per aggregate, whatever dies in between. A store implements
`Outbox`; `Relay` moves what it holds to the bus.

Source: transactional outbox, microservices.io/patterns/data/transactional-outbox.html
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Protocol, TypeVar

import structlog

from chassis.bus import Bus, BusUnavailable
from chassis.envelope import Envelope, uuid7

_T = TypeVar("_T")

# How long one waits for the store; a server that froze would hold the relay for ever.
STORE_SECONDS = 10.0

_log = structlog.get_logger("chassis.outbox")


class LeaseLost(Exception):
    """Another relay has taken over."""


class Outbox(Protocol):
    """What a store keeps for the relay. Every call may raise the store's own errors."""

    async def lease(self, holder: str, seconds: float) -> bool:
        """Take or prolong the right to relay, unless another holder has it."""
        ...

    async def release(self, holder: str) -> None:
        """Give the right back, so that another need not wait for its end."""
        ...

    async def pending(self, limit: int) -> Sequence[Envelope]:
        """Up to `limit` events not yet sent, oldest first, in order per aggregate.

        Raises:
            LeaseLost: the last `lease` no longer holds.
        """
        ...

    async def mark_sent(self, ids: Sequence[str]) -> None:
        """Remember that these are on the bus.

        Raises:
            LeaseLost: the last `lease` no longer holds; nothing is marked.
        """
        ...

    async def forget_sent(self, keep_seconds: float) -> bool:
        """Delete events that were sent longer ago than that, and say whether some are left."""
        ...

    async def wait_for_work(self, seconds: float) -> None:
        """Return when something may be pending, at the latest after `seconds`."""
        ...


class Relay:
    """Sends what an outbox holds. One of a service's processes does at a time; all may run one.

    Order per aggregate holds whatever fails: an event is sent only when the one before it is on
    the bus, and an event that was sent twice is told apart by its id.

    Args:
        outbox: of the service.
        bus: where to.
        lease_seconds: how long a relay that died holds up the next one.
        poll_seconds: how long an event may lie when its wake-up call was lost.
        batch: the most events read at once.
        keep_seconds: how long sent events are kept.
    """

    def __init__(
        self,
        outbox: Outbox,
        bus: Bus,
        *,
        lease_seconds: float = 10.0,
        poll_seconds: float = 1.0,
        batch: int = 200,
        keep_seconds: float = 3600.0,
    ) -> None:
        self.holder = str(uuid7())
        self._outbox = outbox
        self._bus = bus
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds
        self._batch = batch
        self._keep_seconds = keep_seconds
        self._holds_until = 0.0
        self._forget_at = 0.0

    async def run(self) -> None:
        """Relay until cancelled. Where store or bus is away, wait: the rows do."""
        try:
            while True:
                try:
                    await self._turn()
                except Exception as error:  # noqa: BLE001 a relay that ends sends nothing ever after
                    _log.warning("relay waits", error=repr(error))
                    await asyncio.sleep(min(self._poll_seconds, 0.5))
        finally:
            await self._give_back()

    async def publish(self, events: Sequence[Envelope]) -> list[str]:
        """Put events on the bus; gives the ids of those that are there.

        Those of different aggregates go side by side. One that fails holds back the later ones of
        its aggregate.
        """
        chains: dict[str, list[Envelope]] = {}
        for event in events:
            chains.setdefault(event.subject, []).append(event)
        sent = await asyncio.gather(*(self._publish_chain(chain) for chain in chains.values()))
        return [event_id for chain in sent for event_id in chain]

    async def mark_sent(self, ids: Sequence[str]) -> None:
        """Remember that these are on the bus."""
        await self._outbox.mark_sent(ids)

    async def _turn(self) -> None:
        if not await self._lease():
            await asyncio.sleep(self._poll_seconds)
            return
        await self._forget()
        events = await self._in_time(self._outbox.pending(self._batch))
        if not events:
            await self._outbox.wait_for_work(self._poll_seconds)
            return
        sent = await self.publish(events)
        if sent:
            await self._in_time(self.mark_sent(sent))
        if len(sent) < len(events):
            raise BusUnavailable(f"{len(events) - len(sent)} events wait")

    async def _lease(self) -> bool:
        now = time.monotonic()
        if now < self._holds_until - self._lease_seconds / 2:
            return True
        if not await self._in_time(self._outbox.lease(self.holder, self._lease_seconds)):
            return False
        # From before the question: ours ends before the store's does.
        self._holds_until = now + self._lease_seconds
        return True

    async def _publish_chain(self, chain: Sequence[Envelope]) -> list[str]:
        sent: list[str] = []
        for event in chain:
            # A process that was stopped for long wakes up here, and must not send old events.
            if time.monotonic() >= self._holds_until:
                return sent
            try:
                await self._bus.publish(event)
            except BusUnavailable as error:
                _log.warning("event not sent", event_id=event.id, error=str(error))
                return sent
            sent.append(event.id)
        return sent

    async def _forget(self) -> None:
        now = time.monotonic()
        if now < self._forget_at:
            return
        # Before the try: one that fails must not hold up what waits to be sent.
        self._forget_at = now + self._keep_seconds / 10
        if await self._in_time(self._outbox.forget_sent(self._keep_seconds)):
            self._forget_at = now

    async def _give_back(self) -> None:
        try:
            await self._in_time(self._outbox.release(self.holder))
        except Exception as error:  # noqa: BLE001 it ends by itself a few seconds later
            _log.warning("lease not given back", error=repr(error))

    async def _in_time(self, work: Awaitable[_T]) -> _T:
        """What the store says, unless it hangs."""
        async with asyncio.timeout(STORE_SECONDS):
            return await work


@asynccontextmanager
async def relaying(outbox: Outbox, bus: Bus) -> AsyncGenerator[None, None]:
    """Send what the outbox holds beside everything else, in a block."""
    relay = asyncio.create_task(Relay(outbox, bus).run())
    try:
        yield
    finally:
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay
