"""Ask the served app as the router does: signed, over ASGI or over a real socket."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import UUID

import httpx
import uvicorn
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from chassis.envelope import uuid7
from chassis.identity import Viewer, sign_claims
from supergraph.execute.asgi_lifespan import lifespan
from tests.subgraphs.timeline.serving import SECRET

HOME = """query ($first: Int, $after: String, $last: Int, $before: String, $atLeast: String) {
    viewer { id homeTimeline(
        first: $first, after: $after, last: $last, before: $before, atLeast: $atLeast
    ) {
        edges { cursor node { ... on TimelineTweet { tweet { id } } } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } state resume } } }"""
UPDATES = """subscription ($after: String) { homeTimelineUpdates(after: $after) {
    __typename
    ... on TimelineItemAdded {
        edge { cursor node { ... on TimelineTweet { tweet { id } } } } resume replayed }
    ... on TimelineItemRemoved { tweetId resume reason }
    ... on TimelineReset { resume message } } }"""
T = TypeVar("T")


def signed(body: bytes, viewer: UUID | None) -> dict[str, str]:
    claims = viewer and Viewer(str(viewer), str(uuid7()), frozenset(), int(time.time()) + 600)
    headers = sign_claims(SECRET.encode(), body, claims)
    return {"content-type": "application/json", **headers}


class Asker:
    """A router of one line: signs, asks, gives the JSON of the answer."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def ask(self, document: str, /, viewer: UUID | None = None, **variables: Any) -> Any:
        body = json.dumps({"query": document, "variables": variables}).encode()
        answer = await self.http.post("/graphql", content=body, headers=signed(body, viewer))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def home(self, viewer: UUID, **given: Any) -> Any:
        answer = await self.ask(HOME, viewer, **given)
        assert "errors" not in answer, answer
        return answer["data"]["viewer"]["homeTimeline"]


@asynccontextmanager
async def asking(app: ASGIApp) -> AsyncGenerator[Asker, None]:
    transport = httpx.ASGITransport(app)
    async with (
        lifespan(app),
        httpx.AsyncClient(transport=transport, base_url="http://here") as http,
    ):
        yield Asker(http)


@asynccontextmanager
async def asking_at(port: int) -> AsyncGenerator[Asker, None]:
    """Ask a process."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        yield Asker(http)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncGenerator[str, None]:
    """Serve `app` with uvicorn in this process; gives its `ws://` URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listener]))

        async def started() -> bool:
            return server.started

        try:
            await until(started)
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}/graphql"
        finally:
            server.should_exit = True
            await running


class Stream:
    """One subscription on a socket of its own."""

    def __init__(self, opened: ClientConnection) -> None:
        self.socket = opened

    async def message(self) -> Any:
        async with asyncio.timeout(60):
            return json.loads(await self.socket.recv())

    async def frame(self) -> Any:
        message = await self.message()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]["homeTimelineUpdates"]

    async def end(self) -> None:
        await self.socket.send(json.dumps({"id": "1", "type": "complete"}))


@asynccontextmanager
async def updates(
    url: str, viewer: UUID | None, after: str | None = None
) -> AsyncGenerator[Stream, None]:
    """Listen to a home timeline as the router does."""
    headers = {k: v for k, v in signed(b"", viewer).items() if k != "content-type"}
    async with connect(
        url,
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers=headers,
        max_queue=None,
    ) as opened:
        await opened.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await opened.recv()) == {"type": "connection_ack"}
        payload = {"query": UPDATES, "variables": {"after": after}}
        await opened.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
        yield Stream(opened)


async def until(look: Callable[[], Awaitable[T | None]], seconds: float = 100) -> T:
    """Look again and again until something is there."""
    async with asyncio.timeout(seconds):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.02)
