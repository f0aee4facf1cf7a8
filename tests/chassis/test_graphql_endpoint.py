"""The endpoint that every subgraph serves, behind the gate, over HTTP and WebSocket."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from chassis.graphql import (
    FEDERATION,
    Faults,
    SubgraphEndpoint,
    SubgraphSchema,
    extensions,
    viewer_id_of,
    viewer_of,
)
from chassis.identity import Viewer, sign_claims
from chassis.server import ServiceApp, service_app
from tests.subgraphs.tweets.following import served

SECRET = b"s" * 32
VIEWER = Viewer("11111111-2222-7333-8444-555555555555", "session", frozenset({"read"}), 9)
ASKED = b'{"query": "{ asker }"}'


@dataclass
class Asker:
    """Who asks, and over what."""

    name: str


Info = strawberry.Info[Asker, None]


@strawberry.type
class Query:
    @strawberry.field
    def asker(self, info: Info) -> str:
        return info.context.name


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def askers(self, info: Info) -> AsyncGenerator[str, None]:
        yield info.context.name


class Endpoint(SubgraphEndpoint[Asker]):
    def context_of(self, asked: Request | WebSocket) -> Asker:
        viewer = viewer_of(asked)
        session = viewer and viewer.session_id
        return Asker(f"{viewer_id_of(asked)} of {session} by {asked.scope['type']}")


@asynccontextmanager
async def nothing(_: Starlette) -> AsyncGenerator[None]:
    yield


async def is_ready() -> None:
    return


@pytest.fixture
def app() -> ServiceApp:
    schema = SubgraphSchema(
        query=Query,
        subscription=Subscription,
        extensions=extensions(Faults(Exception, {}, {})),
        federation_version=FEDERATION,
    )
    return service_app(
        "test", graphql=Endpoint(schema), router_secret=SECRET, ready=is_ready, lifespan=nothing
    )


@pytest.fixture
async def http(app: ServiceApp) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.mark.parametrize(
    ("viewer", "shown"),
    [(VIEWER, f"{VIEWER.id} of session by http"), (None, "None of None by http")],
)
async def test_the_context_knows_who_asks(
    http: httpx.AsyncClient, viewer: Viewer | None, shown: str
):
    headers = {**sign_claims(SECRET, ASKED, viewer), "content-type": "application/json"}
    answer = await http.post("/graphql", content=ASKED, headers=headers)
    assert answer.json() == {"data": {"asker": shown}}


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
async def test_nothing_is_answered_by_get(http: httpx.AsyncClient, accept: str):
    headers = {**sign_claims(SECRET, b"", VIEWER), "accept": accept}
    answer = await http.get("/graphql", params={"query": "{ asker }"}, headers=headers)
    assert answer.status_code in (400, 404, 405)
    assert VIEWER.id not in answer.text
    assert "<html" not in answer.text.lower()


async def test_a_socket_speaks_graphql_transport_ws_for_its_viewer(app: ServiceApp):
    async with served(app) as url:
        protocol = Subprotocol("graphql-transport-ws")
        headers = sign_claims(SECRET, b"", VIEWER)
        async with connect(url, subprotocols=[protocol], additional_headers=headers) as socket:
            heard: list[dict[str, Any]] = []
            for message in (
                {"type": "connection_init"},
                {"id": "1", "type": "subscribe", "payload": {"query": "subscription { askers }"}},
            ):
                await socket.send(json.dumps(message))
            while not heard or heard[-1]["type"] != "complete":
                heard.append(json.loads(await socket.recv()))
    assert [message["type"] for message in heard] == ["connection_ack", "next", "complete"]
    shown = f"{VIEWER.id} of session by websocket"
    assert heard[1]["payload"]["data"] == {"askers": shown}


async def test_the_old_protocol_is_not_spoken(app: ServiceApp):
    headers = sign_claims(SECRET, b"", VIEWER)
    async with served(app) as url:
        async with connect(
            url, subprotocols=[Subprotocol("graphql-ws")], additional_headers=headers
        ) as socket:
            await socket.wait_closed()
        assert socket.close_code == 4406
        assert socket.subprotocol is None
