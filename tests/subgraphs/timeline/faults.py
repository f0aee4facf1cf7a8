"""What can happen to Redis between a service and its feeds, on demand and without waiting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from subgraphs.timeline.store.scripts import FeedsUnavailable, Scripts
from tests.subgraphs.timeline.serving import Service

Run = Callable[[str, Sequence[Any]], Awaitable[Any]]


class Line:
    """The way from one service to Redis: it can be cut, after so many more calls, and mended.

    A call that is cut may have been done all the same: only its answer is lost.
    """

    def __init__(self, service: Service) -> None:
        self._scripts: Scripts = service.resources.feeds._scripts
        self._run: Run = self._scripts.run
        self._left: int | None = None
        self._answer_lost = False
        self._scripts.run = self._cut_run  # pyright: ignore[reportAttributeAccessIssue]

    def cut(self, after: int = 0, *, answer_lost: bool = False) -> None:
        self._left, self._answer_lost = after, answer_lost

    def mend(self) -> None:
        self._left, self._scripts._away_until = None, 0.0

    async def _cut_run(self, name: str, arguments: Sequence[Any]) -> Any:
        if self._left is None or self._left > 0:
            self._left = None if self._left is None else self._left - 1
            return await self._run(name, arguments)
        if self._answer_lost:
            self._answer_lost = False
            await self._run(name, arguments)
        raise FeedsUnavailable
