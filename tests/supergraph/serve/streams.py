"""A router as a server on a port, over a real subgraph that streams what a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Protocol, Self

import strawberry
import uvicorn
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chassis.server import ServiceApp
from supergraph.execute.asgi import AsgiTransport
from supergraph.serve.app import create_app
from supergraph.serve.configuration import Configuration
from supergraph.serve.process import server_config
from supergraph.serve.router import Router, load_router
from tests.chassis.eventually import eventually
from tests.supergraph.serve.composed import composed_sdl

SDL = """
type Query { hello: String }
type Mutation { burn: Int }
type Subscription {
  told: Int
  count(to: Int!): Int
  flood(size: Int!): String
  mine: Int @authenticated
}
"""


@dataclass
class Channel:
    """What `told` and `mine` stream: every number that `tell` gets, to all who listen."""

    listeners: set[asyncio.Queue[int]] = field(default_factory=set[asyncio.Queue[int]])

    def tell(self, number: int) -> None:
        for queue in self.listeners:
            queue.put_nowait(number)

    async def listen(self) -> AsyncGenerator[int, None]:
        queue: asyncio.Queue[int] = asyncio.Queue()
        self.listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self.listeners.discard(queue)

    async def heard_by(self, count: int) -> None:
        """Wait until so many listen."""
        await eventually(lambda: len(self.listeners) == count)


@strawberry.type
class Query:
    @strawberry.field
    def hello(self) -> str | None:
        return "hello"


@strawberry.type
class Mutation:
    @strawberry.mutation
    def burn(self) -> int | None:
        return 1


def subscriptions(channel: Channel) -> type:
    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def told(self) -> AsyncGenerator[int | None, None]:
            async for number in channel.listen():
                yield number

        @strawberry.subscription
        async def mine(self) -> AsyncGenerator[int | None, None]:
            async for number in channel.listen():
                yield number

        @strawberry.subscription
        async def count(self, to: int) -> AsyncGenerator[int | None, None]:
            for number in range(to):
                yield number

        @strawberry.subscription
        async def flood(self, size: int) -> AsyncGenerator[str | None, None]:
            async for _ in channel.listen():
                yield "x" * size

    return Subscription


def subgraph(channel: Channel) -> GraphQL[Any, Any]:
    return GraphQL(
        strawberry.Schema(Query, Mutation, subscriptions(channel)),
        subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
        connection_init_wait_timeout=timedelta(seconds=10),
    )


class Address(Protocol):
    """Where a router answers."""

    @property
    def http(self) -> str: ...

    @property
    def ws(self) -> str: ...


@dataclass
class Served:
    """A router that answers on a port.

    Attributes:
        router: what it loaded.
    """

    port: int
    channel: Channel
    router: Router

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"


@asynccontextmanager
async def served(
    configuration: Configuration | None = None, environ: Mapping[str, str] | None = None
) -> AsyncGenerator[Served]:
    settings, channel = configuration or Configuration(), Channel()
    loaded: list[Router] = []
    async with AsgiTransport({"a": subgraph(channel)}) as transport:

        def load() -> Router:
            made = load_router(composed_sdl(a=SDL), settings, lambda _: transport, environ or {})
            loaded.append(made)
            return made

        build = partial(_build, load, settings, environ or {})
        config = server_config(build, settings)
        server = QuietServer(config)
        running = asyncio.create_task(server.serve_here())
        try:
            await eventually(lambda: server.started and loaded)
            port: int = server.servers[0].sockets[0].getsockname()[1]
            await _until_ready(port)
            yield Served(port, channel, loaded[0])
        finally:
            loaded[0].lifetimes.drain()
            server.should_exit = True
            await running


def _build(load: Any, settings: Configuration, environ: Mapping[str, str]) -> ServiceApp:
    return create_app(load, settings, environ)


class QuietServer(uvicorn.Server):
    """A server in the test's loop, which leaves the process's signals alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        config.port, config.host = 0, "127.0.0.1"
        super().__init__(config)

    async def serve_here(self) -> None:
        await self._serve()


async def _until_ready(port: int) -> None:
    async def is_ready() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /ready HTTP/1.1\r\nHost: router\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return b" 200 " in answer

    await eventually(is_ready)


class Socket:
    """A client of `graphql-transport-ws` that sends exactly what it is told to."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()

    async def send(self, type: str, **fields: Any) -> None:
        await self.connection.send(json.dumps({"type": type, **fields}))

    async def init(self, token: str | None = None) -> Self:
        payload = {"authorization": f"Bearer {token}"} if token else {}
        await self.send("connection_init", payload=payload)
        assert (await self.receive())["type"] == "connection_ack"
        return self

    async def subscribe(self, query: str, id: str = "1", **payload: Any) -> None:
        await self.send("subscribe", id=id, payload={"query": query, **payload})

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(20):
            return json.loads(await self.connection.recv())

    async def first(self) -> dict[str, Any] | None:
        """The next message, or None where the WebSocket closes instead."""
        with suppress(ConnectionClosed):
            return await self.receive()
        return None

    async def closed(self) -> tuple[int, str]:
        """Read to the end; gives the code and reason of the close."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(30):
                while True:
                    await self.connection.recv()
        code = self.connection.close_code
        assert code not in (None, 1006), "no close frame"
        return code, self.connection.close_reason or ""


async def open_socket(router: Address, **options: Any) -> Socket:
    options = {"subprotocols": ["graphql-transport-ws"], "proxy": None, **options}
    return Socket(await connect(router.ws, **options))
