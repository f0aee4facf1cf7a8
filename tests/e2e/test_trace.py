"""One trace from the client's request to the event's consumer, as ARCHITECTURE.md walks it."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

from tests.e2e.client import Client
from tests.e2e.system import System
from tests.e2e.waiting import wait_for

ARCHITECTURE = Path(__file__).resolve().parents[2] / "ARCHITECTURE.md"
ROW = re.compile(r"^\| [^|]+ \| `([^`]+\.py)` \| `(\w+)` \|$", re.MULTILINE)


def begin_trace(system: System) -> str:
    """Make the client send a trace context of its own from now on; the trace's id."""
    trace = uuid.uuid4().hex
    system.http.headers["traceparent"] = f"00-{trace}-{uuid.uuid4().hex[:16]}-01"
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


def test_a_post_found_by_search_walks_as_written(system: System):
    walk = ROW.findall(ARCHITECTURE.read_text())
    assert len(walk) > 10
    client = Client(system.http)
    client.sign_up("tracer")
    word = f"quokka{uuid.uuid4().hex[:8]}"
    trace = begin_trace(system)
    tweet = client.post(f"A {word} at dusk")
    found = client.data("search-tweets", query=word)["searchTweets"]["edges"]
    assert [edge["node"]["id"] for edge in found] == [tweet["id"]]
    spans = wait_for(
        lambda: spans_of(system, trace), lambda spans: is_subsequence(walk, places(spans))
    )
    assert {span["service"] for span in spans} >= {"router", "tweets"}
    assert any(span["name"].startswith("INSERT") for span in spans), "SQL is in the trace"


def test_one_trace_reaches_the_consumer_of_the_event(system: System):
    client = Client(system.http)
    trace = begin_trace(system)
    client.sign_up("herald")

    def consumed(spans: list[dict[str, Any]]) -> bool:
        kinds = {(span["service"], span["kind"]) for span in spans}
        return {("users", "PRODUCER"), ("tweets", "CONSUMER")} <= kinds

    spans = wait_for(lambda: spans_of(system, trace), consumed)
    known = {span["span_id"]: span for span in spans}
    consumer = next(span for span in spans if span["kind"] == "CONSUMER")
    ancestors = [consumer["service"]]
    while consumer["parent_id"] in known:
        consumer = known[consumer["parent_id"]]
        ancestors.append(consumer["service"])
    assert ancestors[0] == "tweets"
    assert ancestors[-1] == "router"
