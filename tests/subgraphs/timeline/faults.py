"""What can happen between a service and its Redis, on demand and without waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from subgraphs.timeline.store.scripts import FeedsUnavailable, Scripts
from tests.subgraphs.timeline.serving import Service

Run = Callable[[str, Sequence[Any]], Awaitable[Any]]
EFFECTS = frozenset({"add", "remove", "follow", "merge", "fill"})


class Line:
    """The way from one service to Redis: it fails for some calls, or holds one back.

    A call that fails may have been done all the same, and only its answer is lost. A call that is
    held back is done much later, on what its caller knew when it made it.
    """

    def __init__(self, service: Service) -> None:
        self.holdable = set[asyncio.Task[Any]]()
        self._scripts: Scripts = service.resources.feeds._scripts
        self._run: Run = self._scripts.run
        self._good, self._bad = 0, 0
        self._answer_lost = False
        self._to_hold = self._to_pass = 0
        self._gate = asyncio.Event()
        self.held = set[asyncio.Task[Any]]()
        self.stirred = asyncio.Event()
        self._scripts.run = self._faulty  # pyright: ignore[reportAttributeAccessIssue]

    def cut(self, after: int, calls: int, *, answer_lost: bool = False) -> None:
        """Fail `calls` calls, after some good ones."""
        self._good, self._bad, self._answer_lost = after, calls, answer_lost

    def hold(self, calls: int, *, after: int = 0) -> None:
        """Hold back the next effects, or those after some that pass, until `mend`."""
        self._to_hold, self._to_pass = calls, after

    def mend(self) -> None:
        self._bad = self._to_hold = 0
        self._scripts._away_until = 0.0
        gate, self._gate = self._gate, asyncio.Event()
        self.held.clear()
        gate.set()

    def restore(self) -> None:
        """Be no more in the way."""
        self.mend()
        self._scripts.run = self._run  # pyright: ignore[reportAttributeAccessIssue]

    async def _faulty(self, name: str, arguments: Sequence[Any]) -> Any:
        task = asyncio.current_task()
        if self._to_hold and name in EFFECTS and task in self.holdable:
            await self._hold_or_pass(task)
        if self._bad and self._good:
            self._good -= 1
        elif self._bad:
            self._bad -= 1
            if self._answer_lost:
                await self._run(name, arguments)
            raise FeedsUnavailable
        return await self._run(name, arguments)

    async def _hold_or_pass(self, task: asyncio.Task[Any]) -> None:
        if self._to_pass:
            self._to_pass -= 1
            return
        self._to_hold -= 1
        self.held.add(task)
        self.stirred.set()
        await self._gate.wait()
