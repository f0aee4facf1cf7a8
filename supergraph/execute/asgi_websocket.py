"""A WebSocket to an ASGI application in the same process."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

import msgspec
from starlette.types import ASGIApp, Message

from supergraph.execute.asgi_task import AppTask

NORMAL = 1000
ABNORMAL = 1006


class WebSocketClosed(Exception):
    """The application closed the WebSocket."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"{code} {reason}".strip())
        self.code = code
        self.reason = reason


class WebSocketSession:
    """An async context manager: open inside it, closed with code 1000 at its end.

    Attributes:
        subprotocol: what the application chose of those offered.
    """

    def __init__(self, app: ASGIApp, scope: dict[str, Any]) -> None:
        self.subprotocol: str | None = None
        self._incoming: asyncio.Queue[Message] = asyncio.Queue()
        self._closed: WebSocketClosed | None = None
        self._incoming.put_nowait({"type": "websocket.connect"})
        self._run = lambda: AppTask(app, scope, self._incoming.get)

    async def __aenter__(self) -> Self:
        self._task = self._run()
        try:
            accepted = await self._next()
        except BaseException:
            await self._task.end()
            raise
        self.subprotocol = accepted.get("subprotocol")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def send(self, message: str | bytes) -> None:
        """Send one message, text or binary.

        Raises:
            WebSocketClosed: the application has closed it.
        """
        if self._closed is not None:
            raise self._closed
        kind = "text" if isinstance(message, str) else "bytes"
        self._incoming.put_nowait({"type": "websocket.receive", kind: message})

    def send_json(self, message: object) -> None:
        """Send one message as JSON text."""
        self.send(msgspec.json.encode(message).decode())

    async def receive(self) -> str | bytes:
        """Wait for the next message.

        Raises:
            WebSocketClosed: the application closed it, or ended (code 1006).
        """
        message = await self._next()
        text = message.get("text")
        return message["bytes"] if text is None else text

    async def receive_json(self) -> Any:
        """Wait for the next message and read it as JSON."""
        return msgspec.json.decode(await self.receive())

    async def close(self, code: int = NORMAL) -> None:
        """Close from the client's side and wait until the application is done with it."""
        if self._closed is None:
            self._closed = WebSocketClosed(code)
            self._incoming.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        while await self._task.next_message() is not None:
            pass
        await self._task.end()

    async def _next(self) -> Message:
        if self._closed is not None:
            raise self._closed
        message = await self._task.next_message()
        if message is None:
            self._closed = WebSocketClosed(ABNORMAL, "the application ended")
            raise self._closed from self._task.error
        if message["type"] == "websocket.close":
            code = int(message.get("code") or NORMAL)
            self._closed = WebSocketClosed(code, message.get("reason") or "")
            raise self._closed
        return message
