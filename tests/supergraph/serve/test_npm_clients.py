"""The clients that front ends use, against a router's process: what they do is not ours to say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.supergraph.serve.npm_clients import NpmClients, Stream, npm_clients
from tests.supergraph.serve.router_process import (
    RouterProcess,
    router_process,
    streaming_subgraph,
)
from tests.supergraph.serve.streams import Channel
from tests.supergraph.serve.tokens import (
    AUDIENCE,
    ISSUER,
    SECRET,
    SECRET_NAME,
    Issuer,
    issuing,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

INIT_SECONDS = 1.0
MINE = "subscription { mine }"


@dataclass
class World:
    """A router's process and what stands around it."""

    router: RouterProcess
    channel: Channel
    issuer: Issuer
    clients: NpmClients
    folder: Path
    configuration: dict[str, Any]

    def another(self, name: str, **changes: Any) -> AbstractAsyncContextManager[RouterProcess]:
        """One more router, with changes to its configuration."""
        configuration = {**self.configuration, **changes}
        return router_process(self.folder / name, configuration, environ={SECRET_NAME: SECRET})

    def open(self, client: str, query: str, **more: Any) -> Stream:
        return self.clients.open(client, [url_for(client, self.router)], query, **more)


def url_for(client: str, router: RouterProcess) -> str:
    return router.ws if client == "ws" else router.http


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One router for all tests here but those that end it."""
    folder = tmp_path_factory.mktemp("npm_clients")
    async with AsyncExitStack() as stack:
        clients = await stack.enter_async_context(npm_clients())
        issuer = await stack.enter_async_context(issuing())
        url, channel = await stack.enter_async_context(streaming_subgraph())
        auth = {
            "jwks_url": issuer.url,
            "issuer": ISSUER,
            "audience": AUDIENCE,
            "router_secret_env": SECRET_NAME,
        }
        configuration = {
            "subgraphs": {"a": {"urls": [url], "timeout": 20}},
            "auth": auth,
            "subscriptions": {"init_timeout": INIT_SECONDS},
        }
        environ = {SECRET_NAME: SECRET}
        router = await stack.enter_async_context(
            router_process(folder / "router", configuration, environ=environ)
        )
        yield World(router, channel, issuer, clients, folder, configuration)


async def test_every_kind_of_operation_over_both_clients(world: World):
    for client in ("ws", "sse"):
        for query, data in (
            ("{ hello }", [{"hello": "hello"}]),
            ("mutation { burn }", [{"burn": 1}]),
            ("subscription { count(to: 3) }", [{"count": number} for number in range(3)]),
        ):
            seen = await world.open(client, query).all()
            assert [event["next"] for event in seen if "next" in event] == [
                {"data": one} for one in data
            ]
            assert seen[-1] == {"complete": True}
        refused = await world.open(client, "{ nothing }").all()
        assert "GRAPHQL_VALIDATION_FAILED" in str(refused)


async def test_the_token_of_a_subscription_is_told_as_each_client_tells_it(world: World):
    for client in ("ws", "sse"):
        stream = world.open(client, MINE, tokens=[world.issuer.token()])
        await stream.until("connected")
        await world.channel.heard_by(1)
        world.channel.tell(7)
        assert await stream.until("next") == {"data": {"mine": 7}}
        world.clients.close(stream)
        await world.channel.heard_by(0)


async def test_4403_is_tried_again_with_the_token_of_that_moment(world: World):
    """So a client whose token is made anew when it connects needs nothing more."""
    tokens = ["forged", world.issuer.token()]
    stream = world.open("ws", MINE, tokens=tokens, retries=2)
    assert await stream.until("closed") == 4403
    await stream.until("connected")
    await world.channel.heard_by(1)
    world.channel.tell(1)
    assert await stream.until("next") == {"data": {"mine": 1}}
    world.clients.close(stream)
    await world.channel.heard_by(0)


async def test_a_token_that_ends_closes_the_stream_and_the_client_comes_with_the_next(world: World):
    tokens = [world.issuer.token(now=time.time() - 600 + 3), world.issuer.token()]
    stream = world.open("ws", MINE, tokens=tokens, retries=2)
    await stream.until("connected")
    assert await stream.until("closed") == 4403
    await stream.until("connected")
    await world.channel.heard_by(1)
    world.channel.tell(2)
    assert await stream.until("next") == {"data": {"mine": 2}}
    world.clients.close(stream)
    await world.channel.heard_by(0)


async def test_4408_is_tried_again(world: World):
    delays = [INIT_SECONDS * 2_000, 0]
    stream = world.open("ws", "{ hello }", delays=delays, retries=2)
    assert await stream.until("closed") == 4408
    assert await stream.until("next") == {"data": {"hello": "hello"}}


async def test_1013_is_tried_again(world: World):
    """Here because the issuer's keys cannot be read for a moment."""
    # A new router: one that has read the keys goes on with them.
    async with world.another("keys") as router:
        world.issuer.status = 503
        tokens = [world.issuer.token()]
        stream = world.clients.open("ws", [router.ws], MINE, tokens=tokens, retries=1_000)
        assert await stream.until("closed") == 1013
        world.issuer.status = 200
        await stream.until("connected")
        await world.channel.heard_by(1)
        world.clients.close(stream)
        await world.channel.heard_by(0)


@pytest.mark.parametrize("client", ["ws", "sse"])
async def test_when_a_router_ends_its_clients_go_on_at_the_other(world: World, client: str):
    async with world.another(f"ends_{client}") as first:
        urls = [url_for(client, first), url_for(client, world.router)]
        stream = world.clients.open(client, urls, "subscription { told }", retries=3)
        await world.channel.heard_by(1)
        world.channel.tell(1)
        assert await stream.until("next") == {"data": {"told": 1}}
        ending = asyncio.create_task(first.end())
        if client == "ws":
            assert await stream.until("closed") == 1001
        assert await stream.until("connecting") == 1
        await stream.until("connected")
        assert await ending == 0
    await world.channel.heard_by(1)
    world.channel.tell(2)
    assert await stream.until("next") == {"data": {"told": 2}}
    world.clients.close(stream)
    await world.channel.heard_by(0)


async def test_what_would_come_out_the_same_is_not_tried_again(world: World):
    """Too many sockets: the client gives up and says with which code."""
    async with world.another("limited", subscriptions={"sockets_per_identity": 1}) as router:
        first = world.clients.open("ws", [router.ws], "subscription { told }")
        await first.until("connected")
        second = world.clients.open("ws", [router.ws], "{ hello }", retries=5)
        seen = await second.all()
        world.clients.close(first)
    assert [event["closed"] for event in seen if "closed" in event] == [4429]
    assert seen[-1] == {"failed": "4429"}
