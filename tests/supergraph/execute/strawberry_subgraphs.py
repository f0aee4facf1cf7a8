"""Two subgraphs as ours are: Strawberry behind the gate of the chassis.

`feed` streams ids of tweets, `tweets` owns them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Final

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import SchemaExtension
from strawberry.federation import Schema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import Info

from chassis.identity import Viewer
from chassis.server import ServiceApp, service_app
from supergraph.compose import SubgraphSource, compose
from supergraph.model.read_sdl import read_supergraph
from supergraph.model.supergraph import Supergraph
from tests.chassis.eventually import eventually

SECRET = b"a secret of the router alone, 32 bytes"
TRACE = "0af7651916cd43dd8448eb211c80319c"
CAUSE = f"00-{TRACE}-b7ad6b7169203331-01"
GONE = "gone"

_trace: Final[ContextVar[str | None]] = ContextVar("trace of the frame", default=None)


class FrameTrace(SchemaExtension):
    """Names the trace of what the frame tells of."""

    def get_results(self) -> dict[str, Any]:
        """Called once for each frame."""
        trace = _trace.get()
        return {} if trace is None else {"traceparent": trace}


@dataclass
class Told:
    """What the test streams, and what the subgraphs saw.

    Attributes:
        ids: of the tweets to stream; None ends the stream.
        viewers: ids of those who subscribed and of those for whom tweets were looked up, in order.
        ended: streams that have ended.
    """

    ids: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue[str | None])
    viewers: list[str | None] = field(default_factory=list[str | None])
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, scope: Scope) -> None:
        """Note for whom something is done: the gate has read it from signed claims."""
        viewer: Viewer | None = scope["state"]["viewer"]
        self.viewers.append(viewer and viewer.id)


@strawberry.federation.type(name="Tweet", keys=["id"])
class Named:
    id: strawberry.ID


@strawberry.type(name="Query")
class QueryOfFeed:
    @strawberry.field
    def hello(self) -> str | None:
        return "hello"


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def added(self, info: Info[Told, Any]) -> AsyncGenerator[Named | None, None]:
        told = info.context
        try:
            while (id_ := await told.ids.get()) is not None:
                _trace.set(CAUSE if id_.startswith("traced") else None)
                yield Named(id=strawberry.ID(id_))
        finally:
            told.ended.set()


@strawberry.federation.type(keys=["id"])
class Tweet:
    id: strawberry.ID
    text: str | None

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Tweet | None:
        return None if id == GONE else cls(id=id, text=f"text of {id}")


@strawberry.type(name="Query")
class QueryOfTweets:
    @strawberry.field
    def tweet(self) -> Tweet | None:
        return None


class Endpoint(GraphQL[Told, None]):
    """GraphQL over HTTP and WebSocket."""

    def __init__(self, schema: Schema, told: Told) -> None:
        super().__init__(
            schema,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=10),
        )
        self._told = told

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> Told:
        """Once for each request, and for each WebSocket."""
        self._told.note(request.scope)
        return self._told


def served(name: str, graphql: GraphQL[Told, None]) -> ServiceApp:
    """A subgraph behind the gate."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        yield

    async def ready() -> None:
        pass

    return service_app(name, graphql=graphql, router_secret=SECRET, ready=ready, lifespan=lifespan)


def subgraphs(told: Told) -> tuple[Supergraph, dict[str, ServiceApp]]:
    """Both of them, and the supergraph that our composer makes of their own SDL."""
    schemas = {
        "feed": Schema(QueryOfFeed, subscription=Subscription, extensions=[FrameTrace]),
        "tweets": Schema(QueryOfTweets),
    }
    sources = [SubgraphSource(name, f"http://{name}", s.as_str()) for name, s in schemas.items()]
    composition = compose(sources)
    assert composition.supergraph is not None, composition.errors
    apps = {name: served(name, Endpoint(schema, told)) for name, schema in schemas.items()}
    return read_supergraph(composition.supergraph), apps


@asynccontextmanager
async def listening(app: ServiceApp) -> AsyncGenerator[str]:
    """Serve on a free port; gives the URL of its GraphQL."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    running = asyncio.ensure_future(server.serve())
    try:
        await eventually(partial(getattr, server, "started"))
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/graphql"
    finally:
        server.should_exit = True
        await running
