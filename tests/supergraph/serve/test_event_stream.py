"""Subscriptions as server-sent events, and who gets them instead of JSON."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest

from supergraph.serve.configuration import Configuration, SubscriptionsSection
from tests.supergraph.serve.streams import Address, Served, served

STREAM = "text/event-stream"
# What a client sends that does not know yet which kind of operation it sends.
ANY = "application/graphql-response+json, application/json, text/event-stream"


@dataclass
class Events:
    """A response, event by event; `""` is a heartbeat."""

    response: httpx.Response
    seen: list[tuple[str, object]] = field(default_factory=list)

    async def next(self) -> tuple[str, object]:
        """The next event's name and data."""
        if not hasattr(self, "_lines"):
            self._lines = self.response.aiter_lines()
        name, data = "", None
        async with asyncio.timeout(20):
            async for line in self._lines:
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    data = orjson.loads(line.removeprefix("data: "))
                elif not line:
                    return name, data
        raise EOFError


@asynccontextmanager
async def events(
    router: Address,
    query: str,
    *,
    method: str = "POST",
    accept: str = STREAM,
    token: str | None = None,
) -> AsyncGenerator[Events]:
    headers = {"accept": accept} | ({"authorization": f"Bearer {token}"} if token else {})
    sent: dict[str, Any] = {"json" if method == "POST" else "params": {"query": query}}
    async with (
        httpx.AsyncClient(timeout=20) as client,
        client.stream(method, router.http, headers=headers, **sent) as response,
    ):
        yield Events(response)


@pytest.fixture
async def router() -> AsyncIterator[Served]:
    section = SubscriptionsSection(per_identity=2)
    async with served(Configuration(subscriptions=section)) as running:
        yield running


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("accept", [STREAM, ANY])
async def test_a_subscription_streams_to_its_end(router: Served, method: str, accept: str):
    query = "subscription { count(to: 3) }"
    async with events(router, query, method=method, accept=accept) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"].startswith(STREAM)
        assert stream.response.headers["cache-control"] == "no-store"
        for number in range(3):
            assert await stream.next() == ("next", {"data": {"count": number}})
        assert await stream.next() == ("complete", None)
        with pytest.raises(EOFError):
            await stream.next()


async def test_a_long_burst_arrives_whole(router: Served):
    async with events(router, "subscription { count(to: 500) }") as stream:
        for number in range(500):
            assert await stream.next() == ("next", {"data": {"count": number}})


async def test_a_client_that_leaves_ends_its_subscription(router: Served):
    async with events(router, "subscription { told }"):
        await router.channel.heard_by(1)
    await router.channel.heard_by(0)


async def test_a_query_is_json_unless_nothing_else_is_taken(router: Served):
    async with httpx.AsyncClient() as client:
        body = {"query": "{ hello }"}
        plain = await client.post(router.http, json=body, headers={"accept": ANY})
        assert plain.json() == {"data": {"hello": "hello"}}
        stream = await client.post(router.http, json=body, headers={"accept": STREAM})
        assert (
            stream.text
            == 'event: next\ndata: {"data":{"hello":"hello"}}\n\nevent: complete\ndata:\n\n'
        )


async def test_an_operation_that_cannot_be_run_is_told_in_the_stream(router: Served):
    """A browser shows no body of another status."""
    async with events(router, "subscription { nothing }") as stream:
        assert stream.response.status_code == 200
        name, data = await stream.next()
        assert (name, "GRAPHQL_VALIDATION_FAILED" in str(data)) == ("next", True)
        assert await stream.next() == ("complete", None)


async def test_a_subscription_without_a_stream_is_told_what_to_do(router: Served):
    async with httpx.AsyncClient() as client:
        answer = await client.post(router.http, json={"query": "subscription { told }"})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (406, "SUBSCRIPTION_NEEDS_STREAM")
    assert "text/event-stream" in error["message"]


async def test_too_many_streams_are_refused_with_429(router: Served):
    async with (
        events(router, "subscription { told }"),
        events(router, "subscription { told }"),
        events(router, "subscription { told }") as third,
    ):
        assert third.response.status_code == 429
        body = orjson.loads(await third.response.aread())
        assert body["errors"][0]["extensions"]["limit"] == "per_identity"
    await router.channel.heard_by(0)


async def test_a_drain_ends_streams_without_complete_so_that_clients_come_again(router: Served):
    async with events(router, "subscription { told }") as stream:
        await router.channel.heard_by(1)
        router.router.lifetimes.drain()
        with pytest.raises(EOFError):
            await stream.next()
    async with events(router, "subscription { told }") as late:
        assert late.response.status_code == 503


async def test_heartbeats_keep_a_silent_stream_open():
    section = SubscriptionsSection(ping_seconds=0.05)
    async with (
        served(Configuration(subscriptions=section)) as router,
        events(router, "subscription { told }") as stream,
    ):
        assert await stream.next() == ("", None)
        assert await stream.next() == ("", None)
        router.channel.tell(1)
        while (event := await stream.next()) == ("", None):
            pass
        assert event == ("next", {"data": {"told": 1}})
