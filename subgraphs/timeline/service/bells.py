"""Bells: who is waiting in this process for whose feed to change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Final
from uuid import UUID

from chassis.bus import Bus, Listening, subject
from subgraphs.timeline.service.effects import LIVE

LOOK_SECONDS: Final = 10.0


class Bell:
    """Rings for one listener. A bell may be lost, so waiting ends after a while by itself.

    Attributes:
        waiting: the listener has read all there is.
    """

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self.waiting = False

    def ring(self) -> None:
        """Say that there may be something new."""
        self._rung.set()

    async def wait(self, seconds: float = LOOK_SECONDS) -> None:
        """Return when rung since the last return, or after `seconds`."""
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # `asyncio.wait_for`, by which libraries wait, forgets before Python 3.12 a cancellation
            # that comes together with the answer: who has left would stay for ever.
            raise asyncio.CancelledError
        self.waiting = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self.waiting = False
        self._rung.clear()


class _Tower:
    """All bells of one person, on one subscription."""

    def __init__(self) -> None:
        self.bells: set[Bell] = set()
        self.listening: asyncio.Task[Listening] | None = None

    async def ring(self, _: bytes) -> None:
        for bell in self.bells:
            bell.ring()


class Bells:
    """Listens on NATS for those who listen here: once per person, however many connections.

    Args:
        bus: where feeds' changes are told.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._towers: dict[UUID, _Tower] = {}

    @asynccontextmanager
    async def of(self, person: UUID) -> AsyncGenerator[Bell, None]:
        """Give a bell that rings when this person's feed changed, from now to the block's end."""
        tower = self._towers.setdefault(person, _Tower())
        bell = Bell()
        tower.bells.add(bell)
        if tower.listening is None:
            told = subject(*LIVE, person.hex)
            tower.listening = asyncio.create_task(self._bus.listen(told, tower.ring))
        try:
            await asyncio.shield(tower.listening)
            yield bell
        finally:
            tower.bells.discard(bell)
            if not tower.bells:
                del self._towers[person]
                await (await tower.listening).stop()
