"""Run the lifespan of an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.types import ASGIApp, Message


class LifespanFailed(RuntimeError):
    """The application could not start or stop."""


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncGenerator[dict[str, Any]]:
    """Start an application, give the state that it fills, and stop it at the end.

    An application that knows no lifespan (it raises, or returns at once) runs without one, as
    the ASGI specification asks.

    Raises:
        LifespanFailed: it said that it could not start or stop.
    """
    run = _Lifespan(app)
    await run.turn("startup")
    try:
        yield run.state
    finally:
        await run.turn("shutdown")
        await run.end()


class _Lifespan:
    def __init__(self, app: ASGIApp) -> None:
        self.state: dict[str, Any] = {}
        self._events: asyncio.Queue[Message] = asyncio.Queue()
        self._replies: asyncio.Queue[Message] = asyncio.Queue()
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        self._task = asyncio.ensure_future(app(scope, self._events.get, self._replies.put))

    async def turn(self, phase: str) -> None:
        """Tell the application that a phase begins and wait until it is through."""
        self._events.put_nowait({"type": f"lifespan.{phase}"})
        reply = asyncio.ensure_future(self._replies.get())
        try:
            await asyncio.wait({reply, self._task}, return_when=asyncio.FIRST_COMPLETED)
            answer = reply.result() if reply.done() else {"type": "none"}
        except BaseException:
            await self.end()
            raise
        finally:
            reply.cancel()
        if answer["type"] == f"lifespan.{phase}.failed":
            await self.end()
            raise LifespanFailed(str(answer.get("message") or phase))

    async def end(self) -> None:
        """Wait for the application's task, which has nothing more to do."""
        if not self._task.done():
            self._task.cancel()
        with suppress(Exception, asyncio.CancelledError):
            await self._task
