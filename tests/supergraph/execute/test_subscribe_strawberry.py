"""Streams of Strawberry subgraphs behind the gate: in this process, and over TCP."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from chassis.identity import Viewer, sign_claims
from chassis.server import ServiceApp
from chassis.telemetry import configure_traces
from supergraph.execute import ExecutionContext, ExecutionResult, subscribe
from supergraph.execute.asgi import AsgiTransport
from supergraph.execute.http import HttpTransport
from supergraph.execute.transport import Transport
from supergraph.model.api_schema import api_schema
from supergraph.model.operation import read_operation
from supergraph.model.supergraph import Supergraph
from supergraph.plan import plan
from supergraph.query_graph.build import build_query_graph
from tests.supergraph.execute.strawberry_subgraphs import (
    GONE,
    SECRET,
    TRACE,
    Told,
    listening,
    subgraphs,
)

QUERY = "subscription { added { id text } }"
VIEWER = Viewer("9e0b7f0e-7a5e-4a3e-9a58-1f5d2f1c5d11", "session", frozenset(), 2**33)
Over = Callable[[dict[str, ServiceApp]], AbstractAsyncContextManager[Transport]]
Opened = ExecutionResult | AsyncGenerator[ExecutionResult, None]


@asynccontextmanager
async def over_tcp(apps: dict[str, ServiceApp]) -> AsyncGenerator[Transport]:
    async with AsyncExitStack() as open_:
        urls = {
            name: [await open_.enter_async_context(listening(app))] for name, app in apps.items()
        }
        yield await open_.enter_async_context(HttpTransport(urls))


@asynccontextmanager
async def in_process(apps: dict[str, ServiceApp]) -> AsyncGenerator[Transport]:
    async with AsgiTransport(apps) as transport:
        yield transport


@pytest.fixture(params=[in_process, over_tcp], ids=["in process", "over TCP"])
def over(request: pytest.FixtureRequest) -> Over:
    return request.param


async def opened(supergraph: Supergraph, transport: Transport, secret: bytes = SECRET) -> Opened:
    operation = read_operation(parse(QUERY))
    context = ExecutionContext(
        supergraph,
        api_schema(supergraph),
        transport,
        timeout=30,
        deadline=60,
        sign=partial(signed, secret),
    )
    steps = plan(operation, build_query_graph(supergraph), supergraph)
    return await subscribe(steps, operation, context)


def signed(secret: bytes, body: bytes) -> dict[str, str]:
    return sign_claims(secret, body, VIEWER)


async def test_frames_are_filled_for_the_viewer_and_end_with_the_stream(over: Over) -> None:
    told = Told()
    supergraph, apps = subgraphs(told)
    async with over(apps) as transport:
        stream = await opened(supergraph, transport)
        assert not isinstance(stream, ExecutionResult), stream
        for each in ("1", GONE, "2", None):
            told.ids.put_nowait(each)
        results = [result.to_json() async for result in stream]
        await told.ended.wait()
    assert results == [{"data": {"added": {"id": n, "text": f"text of {n}"}}} for n in "12"]
    assert told.viewers == [VIEWER.id] * 4


async def test_what_another_signed_is_not_let_in(over: Over) -> None:
    told = Told()
    supergraph, apps = subgraphs(told)
    async with over(apps) as transport:
        refused = await opened(supergraph, transport, b"some other secret of as many bytes as it")
    assert isinstance(refused, ExecutionResult)
    assert "data" not in refused.to_json()
    assert [error.code for error in refused.errors] == ["SUBREQUEST_HTTP_ERROR"]
    assert told.viewers == []


async def test_closing_ends_the_subgraphs_generator(over: Over) -> None:
    told = Told()
    supergraph, apps = subgraphs(told)
    async with over(apps) as transport:
        stream = await opened(supergraph, transport)
        assert not isinstance(stream, ExecutionResult), stream
        told.ids.put_nowait("1")
        await anext(stream)
        assert not told.ended.is_set()
        await stream.aclose()
        await told.ended.wait()


async def test_one_trace_from_the_cause_to_the_look_up(over: Over, tmp_path: Path) -> None:
    """The frame says which change it tells of; what fills the frame belongs to that trace."""
    told = Told()
    supergraph, apps = subgraphs(told)
    configure_traces("all", traces=f"file:{tmp_path / 'spans'}")
    try:
        async with over(apps) as transport:
            stream = await opened(supergraph, transport)
            assert not isinstance(stream, ExecutionResult), stream
            for each in ("traced 1", "2", None):
                told.ids.put_nowait(each)
            results = [result.to_json() async for result in stream]
    finally:
        configure_traces("all")
    assert [result.get("extensions") for result in results] == [None, None]
    spans: list[dict[str, Any]] = [
        json.loads(line) for line in (tmp_path / "spans").read_text().splitlines()
    ]
    look_ups = [one["trace_id"] for one in spans if one["name"] == "POST /graphql"]
    frames = [one["trace_id"] for one in spans if one["name"] == "frame"]
    assert frames == look_ups
    assert [trace == TRACE for trace in frames] == [True, False]
