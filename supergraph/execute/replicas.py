"""In which order a subgraph's URLs are tried."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

REST_SECONDS = 2.0
"""How long a URL that failed is tried last."""


class Replicas:
    """The URLs of one subgraph, taken in turn; one that failed comes last for a short while.

    When its rest is over, one request tries it first again and all others go on passing it by,
    so that a host that is away costs one request its connect timeout and not each.

    Args:
        urls: where it answers.
        clock: seconds, always growing.
    """

    def __init__(self, urls: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._urls = tuple(urls)
        self._clock = clock
        self._turn = -1
        self._rests_until: dict[str, float] = {}

    def in_turn(self) -> list[str]:
        """Every URL once, in the order to try them now."""
        self._turn += 1
        first = self._turn % max(1, len(self._urls))
        rotated = self._urls[first:] + self._urls[:first]
        if not self._rests_until:
            return list(rotated)
        now = self._clock()
        rested = [url for url in rotated if self._rests_until.get(url, now + 1) <= now]
        well = [url for url in rotated if url not in self._rests_until]
        for url in rested:
            self._rests_until[url] = now + REST_SECONDS
        return [*rested, *well, *(url for url in rotated if url not in {*rested, *well})]

    def failed(self, url: str) -> None:
        """Note that nobody answers there."""
        self._rests_until[url] = self._clock() + REST_SECONDS

    def answered(self, url: str) -> None:
        """Note that somebody answers there."""
        self._rests_until.pop(url, None)
