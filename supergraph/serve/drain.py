"""End a server in two steps: first say so, then close.

uvicorn stops accepting connections as soon as a signal comes. Whoever balances load then sees
refused connections instead of a 503 from `/ready`, so for a moment both are answered.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from types import FrameType

NOTICE_SECONDS = 0.5


@contextmanager
def draining_on_signal(begin: Callable[[], None]) -> Generator[None, None, None]:
    """Stand before the server's own handlers of SIGTERM and SIGINT.

    Args:
        begin: called at the first signal, at once; the server's handler follows after
            `NOTICE_SECONDS`. A second signal goes straight to the server.
    """
    with ExitStack() as handlers:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                handlers.enter_context(_preceding(number, begin))
        yield


@contextmanager
def _preceding(number: signal.Signals, begin: Callable[[], None]) -> Generator[None, None, None]:
    following = signal.getsignal(number)
    loop = asyncio.get_running_loop()

    def handle(received: int, frame: FrameType | None) -> None:
        signal.signal(number, following)
        begin()
        if callable(following):
            loop.call_soon_threadsafe(loop.call_later, NOTICE_SECONDS, following, received, frame)

    if callable(following):
        signal.signal(number, handle)
    try:
        yield
    finally:
        if signal.getsignal(number) is handle:
            signal.signal(number, following)
