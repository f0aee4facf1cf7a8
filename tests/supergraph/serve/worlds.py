"""A whole router in the test's process: real subgraph applications, real pipeline, no port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx
import orjson
from graphql import GraphQLSchema, build_ast_schema, graphql, parse
from graphql.language import TypeDefinitionNode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from supergraph.execute.asgi import AsgiTransport
from supergraph.execute.asgi_lifespan import lifespan
from supergraph.serve.app import create_app
from supergraph.serve.configuration import Configuration
from supergraph.serve.router import load_router
from tests.supergraph.serve.composed import LINK, composed_sdl

MACHINERY = """
scalar _Any
union _Entity = {entities}
{extend}type Query {{ _entities(representations: [_Any!]!): [_Entity]! }}
"""


@dataclass
class Subgraph:
    """One subgraph: its SDL, the value of its root fields, and how it finds entities.

    Attributes:
        entities: representation → object with `__typename`.
        asked: the operations that came, in order.
        headers: of each, in order.
    """

    sdl: str
    root: Mapping[str, Any] = field(default_factory=dict)
    entities: Callable[[Mapping[str, Any]], Any] = dict
    asked: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def app(self) -> Starlette:
        schema = self._schema()

        async def answer(request: Request) -> Response:
            self.bodies.append(await request.body())
            body = orjson.loads(self.bodies[-1])
            self.asked.append(body["query"])
            self.headers.append(dict(request.headers))
            result = await graphql(
                schema,
                body["query"],
                root_value={**self.root, "_entities": self._entities},
                variable_values=body.get("variables"),
                operation_name=body.get("operationName"),
            )
            return Response(orjson.dumps(result.formatted), media_type="application/json")

        return Starlette(routes=[Route("/graphql", answer, methods=["POST"])])

    def _entities(self, _: Any, representations: list[Mapping[str, Any]]) -> list[Any]:
        return [self.entities(representation) for representation in representations]

    def _schema(self) -> GraphQLSchema:
        document = parse(LINK + self.sdl)
        entities = [
            definition.name.value
            for definition in document.definitions
            if isinstance(definition, TypeDefinitionNode)
            and any(d.name.value == "key" for d in definition.directives or ())
        ]
        extend = "extend " if "type Query" in self.sdl else ""
        machinery = MACHINERY.format(entities=" | ".join(entities), extend=extend)
        whole = parse(LINK + self.sdl + (machinery if entities else ""))
        return build_ast_schema(whole, assume_valid=True, assume_valid_sdl=True)


@asynccontextmanager
async def serving(
    configuration: Configuration | None = None,
    environ: Mapping[str, str] | None = None,
    /,
    **subgraphs: Subgraph,
) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of a router over these subgraphs, ready to answer."""
    settings = configuration or Configuration()
    sdl = composed_sdl(**{name: subgraph.sdl for name, subgraph in subgraphs.items()})
    apps = {name: subgraph.app() for name, subgraph in subgraphs.items()}
    async with AsgiTransport(apps) as transport:
        load = partial(load_router, sdl, settings, lambda _: transport, environ or {})
        app = create_app(load, settings)
        async with (
            lifespan(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://router"
            ) as client,
        ):
            await ready(client)
            yield client


async def ready(client: httpx.AsyncClient) -> None:
    """Wait until `/ready` says so; what else keeps it from being ready fails the test."""
    async with asyncio.timeout(10):
        while (answer := await client.get("/ready")).status_code != 200:
            assert answer.json()["reason"] == "NotReady", answer.text
            await asyncio.sleep(0.01)


async def ask(
    client: httpx.AsyncClient, query: str, token: str | None = None, **parameters: Any
) -> dict[str, Any]:
    """POST one operation; returns the whole answer."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    response = await client.post("/graphql", json={"query": query, **parameters}, headers=headers)
    return response.json()
