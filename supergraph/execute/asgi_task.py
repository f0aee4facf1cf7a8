"""The task in which an ASGI application handles one connection."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import ASGIApp, Message, Receive


class AppTask:
    """Runs an application and hands out what it sends, one message at a time.

    Args:
        app: called at once.
        scope: of the connection.
        receive: gives the application what comes from the client.
    """

    def __init__(self, app: ASGIApp, scope: dict[str, Any], receive: Receive) -> None:
        # Room for one: an application that streams waits until its reader has caught up.
        self._sent: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
        self._task = asyncio.ensure_future(app(scope, receive, self._sent.put))

    async def next_message(self) -> Message | None:
        """What the application sends next; `None` when it has ended and all of it was read."""
        if self._sent.empty() and not self._task.done():
            message = asyncio.ensure_future(self._sent.get())
            try:
                await asyncio.wait({message, self._task}, return_when=asyncio.FIRST_COMPLETED)
                if message.done():
                    return message.result()
            finally:
                message.cancel()
        return None if self._sent.empty() else self._sent.get_nowait()

    @property
    def error(self) -> BaseException | None:
        """What the application raised, if it has ended so."""
        ended = self._task.done() and not self._task.cancelled()
        return self._task.exception() if ended else None

    async def end(self) -> None:
        """Stop the application, if it has not ended by itself; nothing of it stays behind."""
        if self._task.done() and not self._task.cancelled():
            self._task.exception()  # seen: asyncio need not warn of it
            return
        self._task.cancel()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.exception()
