"""End a server in two steps: first say so, then close.

uvicorn stops accepting connections as soon as a signal comes. Whoever balances load then sees
refused connections instead of a 503 from `/ready`, so for a moment both are answered.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType

NOTICE_SECONDS = 0.5


def drain_on_signal(begin: Callable[[], None]) -> None:
    """Put ourselves before the server's own handlers; call it while the server starts.

    Args:
        begin: called at the first signal, at once; the server's handler follows after
            `NOTICE_SECONDS`. A second signal goes straight to the server.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        _precede(number, begin)


def _precede(number: signal.Signals, begin: Callable[[], None]) -> None:
    following = signal.getsignal(number)
    if not callable(following):
        return
    loop = asyncio.get_running_loop()

    def handle(received: int, frame: FrameType | None) -> None:
        signal.signal(number, following)
        begin()
        loop.call_soon_threadsafe(loop.call_later, NOTICE_SECONDS, following, received, frame)

    signal.signal(number, handle)
