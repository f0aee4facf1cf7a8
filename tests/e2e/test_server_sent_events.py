"""The live timeline over server-sent events, for a plain HTTP client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx

from tests.e2e.client import Client
from tests.e2e.live import text_of
from tests.e2e.system import System


def events(answer: httpx.Response) -> Iterator[tuple[str, Any]]:
    """Name and data of each event; heartbeats are passed over."""
    name = ""
    for line in answer.iter_lines():
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data = line.removeprefix("data:").strip()
            yield name, json.loads(data) if data else None


def test_a_live_timeline_until_the_session_ends(system: System):
    alice, bob = Client(system.http), Client(system.http)
    alice.sign_up("alice")
    bob.sign_up("bob")
    bob.follow(alice.id)
    after = bob.home(first=1)["resume"]
    body = {"query": text_of("home-timeline-updates"), "variables": {"after": after}}
    headers = {"accept": "text/event-stream", "authorization": f"Bearer {bob.access_token}"}
    with system.http.stream("POST", "/graphql", json=body, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        coming = events(answer)
        tweet = alice.post("Over plain HTTP")
        name, payload = next(coming)
        assert name == "next"
        shown = payload["data"]["homeTimelineUpdates"]["edge"]["node"]["tweet"]
        assert (shown["id"], shown["author"]["username"]) == (tweet["id"], alice.username)
        bob.data("log-out", everywhere=True)
        rest = list(coming)
    assert rest[-1][0] == "complete"
    assert "UNAUTHENTICATED" in str(rest)
