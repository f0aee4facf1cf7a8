"""Work that a new operation causes, kept off the event loop.

Two threads for now, since the interpreter's lock lets only one of them compute; whatever replaces
them (processes with a deadline) takes their place here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

P = ParamSpec("P")
R = TypeVar("R")

_THREADS = 2


class ColdWork:
    """Runs functions elsewhere, a bounded number at a time; the others wait their turn."""

    def __init__(self) -> None:
        self._threads: anyio.CapacityLimiter | None = None

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function and wait for what it returns or raises."""
        if self._threads is None:
            # Made on first use: it belongs to the running loop.
            self._threads = anyio.CapacityLimiter(_THREADS)
        call = partial(function, *args, **kwargs)
        return await anyio.to_thread.run_sync(call, limiter=self._threads)
