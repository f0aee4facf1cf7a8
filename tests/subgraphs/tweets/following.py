"""Follow a thread as the router does: graphql-transport-ws to a served app, claims signed."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import uvicorn
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.subgraphs.tweets.asking import signed
from tests.subgraphs.tweets.waiting import until

THREAD = """subscription ($root: ID!, $after: String) {
    threadReplies(rootId: $root, after: $after) {
        cursor deletedId gap reply { id text replyCount author { id } } } }"""
SECONDS = 20


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncGenerator[str, None]:
    """Serve `app` with uvicorn in this process; gives its `ws://` URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listener]))
        try:
            await until(lambda: _started(server))
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}/graphql"
        finally:
            server.should_exit = True
            await running


async def _started(server: uvicorn.Server) -> bool:
    return server.started


@asynccontextmanager
async def socket_to(url: str, viewer: UUID | None = None) -> AsyncGenerator[ClientConnection, None]:
    """Open a socket as the router does, past `connection_init`."""
    headers = {k: v for k, v in signed(b"", viewer).items() if k != "content-type"}
    protocol = Subprotocol("graphql-transport-ws")
    # Without a bound on what is unread: it would keep the end of the socket from being read.
    async with connect(
        url, subprotocols=[protocol], additional_headers=headers, max_queue=None
    ) as opened:
        await opened.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await opened.recv()) == {"type": "connection_ack"}
        yield opened


class Stream:
    """One subscription on a socket of its own."""

    def __init__(self, opened: ClientConnection) -> None:
        self._socket = opened
        self.cursor: str | None = None

    async def message(self) -> Any:
        """Give the next message of the protocol."""
        async with asyncio.timeout(SECONDS):
            return json.loads(await self._socket.recv())

    async def frame(self) -> Any:
        """Give the next event, and remember its cursor."""
        message = await self.message()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        event = message["payload"]["data"]["threadReplies"]
        self.cursor = event["cursor"]
        return event

    async def told(self) -> str:
        """Give the next event in short: `+text`, `-id`, `gap` or `here`."""
        event = await self.frame()
        if event["reply"]:
            return f"+{event['reply']['text']}"
        if event["deletedId"]:
            return f"-{event['deletedId']}"
        return "gap" if event["gap"] else "here"


@asynccontextmanager
async def following(
    url: str, root: str, after: str | None = None, document: str = THREAD
) -> AsyncGenerator[Stream, None]:
    """Follow a thread; without `after` the first event is still to be read."""
    async with socket_to(url) as opened:
        payload = {"query": document, "variables": {"root": root, "after": after}}
        await opened.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        yield Stream(opened)
        with suppress(Exception):
            await opened.send(json.dumps({"id": "1", "type": "complete"}))
