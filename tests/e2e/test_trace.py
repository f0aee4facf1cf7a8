"""One trace from the client's request to the event's consumer, as ARCHITECTURE.md walks it."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.client import Client
from tests.e2e.live import NodeClients
from tests.e2e.system import System
from tests.e2e.waiting import wait_for

ARCHITECTURE = Path(__file__).resolve().parents[2] / "ARCHITECTURE.md"
ROW = re.compile(r"^\| [^|]+ \| `([^`]+\.py)` \| `(\w+)` \|$", re.MULTILINE)


FOUND = "One request, walked through: a post, found by search"
SHOWN = "The same post, on its way to a follower's open timeline"


def walk_of(heading: str) -> list[tuple[str, str]]:
    """File and function of each row of the table below a heading."""
    _, _, below = ARCHITECTURE.read_text().partition(f"# {heading}\n")
    return ROW.findall(re.split(r"^#", below, maxsplit=1, flags=re.MULTILINE)[0])


@pytest.fixture
def client(system: System) -> Iterator[Client]:
    """Sends a trace context of its own once `begin_trace` has told it to."""
    with httpx.Client(base_url=system.http.base_url, timeout=30) as http:
        yield Client(http)


def begin_trace(client: Client) -> str:
    """Make the client send a trace context of its own from now on; the trace's id."""
    trace = uuid.uuid4().hex
    client.http.headers["traceparent"] = f"00-{trace}-{uuid.uuid4().hex[:16]}-01"
    return trace


def spans_of(system: System, trace: str) -> list[dict[str, Any]]:
    # What stands after the last newline is still being written.
    lines = system.traces.read_text().split("\n")[:-1]
    spans = [span for span in map(json.loads, lines) if span["trace_id"] == trace]
    return sorted(spans, key=lambda span: span["start"])


def places(spans: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """File and function of each span that names them."""
    return [
        (
            span["attributes"]["code.file.path"],
            span["attributes"]["code.function.name"].rsplit(".", 1)[-1],
        )
        for span in spans
        if "code.file.path" in span["attributes"]
    ]


def is_subsequence(wanted: list[tuple[str, str]], found: list[tuple[str, str]]) -> bool:
    rest = iter(found)
    return all(place in rest for place in wanted)


def test_a_post_found_by_search_walks_as_written(system: System, client: Client):
    walk = walk_of(FOUND)
    assert len(walk) > 10
    client.sign_up("tracer")
    word = f"quokka{uuid.uuid4().hex[:8]}"
    trace = begin_trace(client)
    tweet = client.post(f"A {word} at dusk")
    found = client.data("search-tweets", query=word)["searchTweets"]["edges"]
    assert [edge["node"]["id"] for edge in found] == [tweet["id"]]
    spans = wait_for(
        lambda: spans_of(system, trace), lambda spans: is_subsequence(walk, places(spans))
    )
    assert {span["service"] for span in spans} >= {"router", "tweets"}
    assert any(span["name"].startswith("INSERT") for span in spans), "SQL is in the trace"


def test_one_trace_reaches_the_consumer_of_the_event(system: System, client: Client):
    trace = begin_trace(client)
    client.sign_up("herald")

    def consumed(spans: list[dict[str, Any]]) -> bool:
        kinds = {(span["service"], span["kind"]) for span in spans}
        return {("users", "PRODUCER"), ("tweets", "CONSUMER")} <= kinds

    spans = wait_for(lambda: spans_of(system, trace), consumed)
    consumer = next(s for s in spans if (s["service"], s["kind"]) == ("tweets", "CONSUMER"))
    services = services_above(consumer, spans)
    assert services[0] == "tweets"
    assert services[-1] == "router"


def services_above(span: dict[str, Any], spans: list[dict[str, Any]]) -> list[str]:
    """The services of a span and of all that it is part of, its own first."""
    known = {each["span_id"]: each for each in spans}
    services = [span["service"]]
    while span["parent_id"] in known:
        span = known[span["parent_id"]]
        services.append(span["service"])
    return services


def test_a_post_reaches_the_followers_frame_in_the_same_trace(
    system: System, node_clients: NodeClients, client: Client
):
    client.sign_up("author")
    follower = Client(system.http)
    follower.sign_up("follower")
    home = follower.home(atLeast=follower.follow(client.id)["token"])
    clients = node_clients.at(system.url("router"))
    live = clients.subscribe("home-timeline-updates", follower.access_token, after=home["resume"])
    walk = walk_of(SHOWN)
    assert len(walk) > 10
    trace = begin_trace(client)
    tweet = client.post("Traced to the end")
    shown = live.frame()["homeTimelineUpdates"]["edge"]["node"]["tweet"]
    assert (shown["id"], shown["author"]["username"]) == (tweet["id"], client.username)
    spans = wait_for(
        lambda: spans_of(system, trace), lambda spans: is_subsequence(walk, places(spans))
    )
    frame = next(span for span in spans if span["name"] == "frame")
    # The frame belongs to what timeline told, which belongs to what it heard of the post.
    services = services_above(frame, spans)
    assert [name for name, _ in groupby(services)] == ["router", "timeline", "tweets", "router"]
    live.close()
