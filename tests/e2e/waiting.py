"""Wait for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_for(read: Callable[[], T], holds: Callable[[T], bool], *, seconds: float = 20) -> T:
    """Read again until it holds; the value that did.

    Raises:
        AssertionError: it did not within `seconds`; with the last value.
    """
    end = time.monotonic() + seconds
    while True:
        value = read()
        if holds(value):
            return value
        assert time.monotonic() < end, f"never held; last: {value}"
        time.sleep(0.02)
