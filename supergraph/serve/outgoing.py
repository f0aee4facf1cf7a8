"""What waits for a client to read it: bounded, so that a slow reader costs only itself."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable

import prometheus_client

_dropped = prometheus_client.Counter(
    "graphql_frames_dropped", "Messages that clients were too slow to read"
)


class SlowReader(Exception):
    """The client does not read what it asked for."""


class Outgoing:
    """Messages in order, each for one operation or for none.

    Args:
        send: writes one message; waits as long as the client does not read.
        frames: that wait at one time for one operation.
        size: of all that wait at one time, in characters; a single message may be larger.
    """

    def __init__(self, send: Callable[[str], Awaitable[None]], frames: int, size: int) -> None:
        self._send = send
        self._frames = frames
        self._size = size
        self._waiting: deque[tuple[str | None, str]] = deque()
        self._counts: Counter[str | None] = Counter()
        self._waiting_size = 0
        self._changed = asyncio.Event()
        self._finished = False

    def put(self, message: str, operation: str | None = None) -> None:
        """Have a message sent.

        Raises:
            SlowReader: too many wait already.
        """
        is_much = self._waiting and self._waiting_size + len(message) > self._size
        if is_much or self._counts[operation] >= self._frames:
            _dropped.inc(len(self._waiting) + 1)
            raise SlowReader
        self._waiting.append((operation, message))
        self._counts[operation] += 1
        self._waiting_size += len(message)
        self._changed.set()

    def forget(self, operation: str) -> None:
        """Send nothing more of an operation that the client has ended."""
        kept = [entry for entry in self._waiting if entry[0] != operation]
        self._waiting = deque(kept)
        self._waiting_size = sum(len(message) for _, message in kept)
        del self._counts[operation]

    def finish(self) -> None:
        """End `run` when everything is sent."""
        self._finished = True
        self._changed.set()

    async def run(self) -> None:
        """Send what comes, until `finish`."""
        while self._waiting or not self._finished:
            if not self._waiting:
                self._changed.clear()
                await self._changed.wait()
                continue
            operation, message = self._waiting.popleft()
            self._waiting_size -= len(message)
            self._counts[operation] -= 1
            if not self._counts[operation]:
                del self._counts[operation]
            await self._send(message)
