"""One HTTP request to an ASGI application in the same process, and its streamed answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

from starlette.types import ASGIApp, Message

from supergraph.execute.asgi_task import AppTask
from supergraph.execute.transport import SubgraphUnreachable


class Exchange:
    """An async context manager: inside it, status and headers are there and chunks can be read.

    Attributes:
        status: the HTTP status.
        headers: names in lower case.
    """

    def __init__(self, app: ASGIApp, scope: dict[str, Any], body: bytes) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._body: bytes | None = body
        self._gone = asyncio.Event()
        self._run = lambda: AppTask(app, scope, self._receive)

    async def __aenter__(self) -> Self:
        self._task = self._run()
        try:
            start = await self._next()
        except BaseException:
            await self._leave()
            raise
        self.status = int(start["status"])
        self.headers = {
            name.decode().lower(): value.decode() for name, value in start.get("headers", ())
        }
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._leave()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The parts of the body, each as soon as the application sent it.

        Raises:
            SubgraphUnreachable: the application stopped before the end of its answer.
        """
        more = True
        while more:
            message = await self._next()
            more = bool(message.get("more_body", False))
            if message.get("body"):
                yield message["body"]

    async def _next(self) -> Message:
        message = await self._task.next_message()
        if message is None:
            raise SubgraphUnreachable("the application ended without an answer") from (
                self._task.error
            )
        return message

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _leave(self) -> None:
        self._gone.set()
        await self._task.end()
