"""What the router logs of a request names the session that it belongs to, and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from chassis.telemetry.session import write_session
from supergraph.serve.configuration import Configuration
from tests.chassis.eventually import eventually
from tests.supergraph.serve.streams import Served, open_socket, served
from tests.supergraph.serve.test_event_stream import events
from tests.supergraph.serve.tokens import SECRET, SECRET_NAME, SESSION, Issuer, issuing


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as issuer:
        yield issuer


@pytest.fixture
async def router(issuer: Issuer) -> AsyncIterator[Served]:
    configuration = Configuration(auth=issuer.configuration().auth)
    async with served(configuration, {SECRET_NAME: SECRET}) as running:
        yield running


@pytest.fixture
def lines(router: Served) -> Iterator[list[Any]]:
    with capture_logs(processors=[write_session]) as lines:
        yield lines


async def access_line(lines: list[Any]) -> Any:
    """The one line of the request that has ended; it is taken away."""
    await eventually(lambda: [line for line in lines if line["event"] == "request"])
    (found,) = [line for line in lines if line["event"] == "request"]
    lines.clear()
    return found


async def test_the_access_line_names_the_session(router: Served, issuer: Issuer, lines: list[Any]):
    async with httpx.AsyncClient() as client:
        headers = {"authorization": f"Bearer {issuer.token()}"}
        await client.post(router.http, json={"query": "{ hello }"}, headers=headers)
        line = await access_line(lines)
        assert (line["status"], line["session_id"]) == (200, SESSION)
        # Neither of the next request on the same connection.
        await client.post(router.http, json={"query": "{ hello }"})
        assert "session_id" not in await access_line(lines)


async def test_the_access_line_of_a_websocket_does_too(
    router: Served, issuer: Issuer, lines: list[Any]
):
    async with await open_socket(router) as socket:
        await socket.init(issuer.token())
        await socket.subscribe("{ hello }")
        assert (await socket.receive())["type"] == "next"
    line = await access_line(lines)
    assert (line["method"], line["status"], line["session_id"]) == ("WEBSOCKET", 101, SESSION)


async def test_the_access_line_of_a_stream_of_events_does_too(
    router: Served, issuer: Issuer, lines: list[Any]
):
    async with events(router, "subscription { mine }", token=issuer.token()):
        await router.channel.heard_by(1)
    line = await access_line(lines)
    assert (line["status"], line["session_id"]) == (200, SESSION)
