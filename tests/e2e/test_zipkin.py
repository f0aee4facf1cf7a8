"""One trace from the client's mutation to the follower's frame, read back from a real Zipkin."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import httpx
import pytest

from stack import zipkin
from tests.e2e.client import Client
from tests.e2e.live import NodeClients
from tests.e2e.system import System
from tests.e2e.waiting import wait_for
from tests.servers import Servers


@pytest.fixture
def traced_system(servers: Servers, zipkin_server: zipkin.Zipkin) -> Iterator[System]:
    """A system that sends its spans there, as `make up WITH=zipkin` does."""
    system = System(servers, replicas=1, traces=zipkin.traces_to(zipkin_server.url))
    try:
        system.start()
        yield system
    finally:
        system.stop()


def spans_of(url: str, trace: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{url}/api/v2/trace/{trace}")
    return answer.json() if answer.status_code == 200 else []


def services_above(span: dict[str, Any], spans: list[dict[str, Any]]) -> list[str]:
    """The services of a span and of all that it is part of, its own first, each once in a row."""
    known = {each["id"]: each for each in spans}
    services = [span["localEndpoint"]["serviceName"]]
    while (parent := known.get(span.get("parentId", ""))) is not None:
        span = parent
        services.append(span["localEndpoint"]["serviceName"])
    return [name for name, _ in groupby(services)]


@pytest.mark.soak
def test_a_post_is_one_trace_to_the_followers_frame(
    traced_system: System, node_clients: NodeClients, zipkin_server: zipkin.Zipkin
):
    trace = uuid.uuid4().hex
    headers = {"traceparent": f"00-{trace}-{uuid.uuid4().hex[:16]}-01"}
    follower = Client(traced_system.http)
    follower.sign_up("follower")
    with httpx.Client(base_url=traced_system.http.base_url, timeout=30) as http:
        author = Client(http)
        author.sign_up("author")
        home = follower.home(atLeast=follower.follow(author.id)["token"])
        clients = node_clients.at(traced_system.url("router"))
        token, after = follower.access_token, home["resume"]
        live = clients.subscribe("home-timeline-updates", token, after=after)
        http.headers.update(headers)
        tweet = author.post("Seen in Zipkin")
    shown = live.frame()["homeTimelineUpdates"]["edge"]["node"]["tweet"]
    assert shown["id"] == tweet["id"]
    live.close()

    def framed() -> list[list[str]]:
        spans = spans_of(zipkin_server.url, trace)
        return [services_above(span, spans) for span in spans if span.get("name") == "frame"]

    # Each process sends what it has every few seconds.
    whole = ["router", "timeline", "tweets", "router"]
    wait_for(framed, lambda found: whole in found, seconds=60)
