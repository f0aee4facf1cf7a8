"""Where somebody is logged in: the router sees the client, users shows it to its owner alone."""

from __future__ import annotations

from typing import Any

import httpx

from tests.e2e.client import Client
from tests.e2e.system import System

SESSIONS = "{ viewer { sessions { userAgent ip current } } }"


def sessions_of(client: Client) -> list[dict[str, Any]]:
    answer = client.send_text(SESSIONS)
    assert "errors" not in answer, answer
    return answer["data"]["viewer"]["sessions"]


def test_a_session_shows_the_client_that_the_router_saw(system: System):
    # Its own word about its address is not believed, nor is a claim that it makes up.
    headers = {
        "user-agent": "Firefox/140.0 (e2e)",
        "x-forwarded-for": "192.0.2.66",
        "x-mt-claims": "eyJpcCI6IjE5Mi4wLjIuNjYiLCJ1YSI6ImZvcmdlZCJ9",
        "x-mt-signature": "t=1,v1=00",
    }
    with httpx.Client(base_url=system.http.base_url, headers=headers, timeout=30) as http:
        alice = Client(http)
        alice.sign_up("alice")
        here = {"userAgent": "Firefox/140.0 (e2e)", "ip": "127.0.0.1", "current": True}
        assert sessions_of(alice) == [here]
        http.headers["user-agent"] = "Firefox/141.0 (e2e)"
        alice.keep(alice.data("refresh", refreshToken=alice.refresh_token)["refresh"])
        assert sessions_of(alice) == [here | {"userAgent": "Firefox/141.0 (e2e)"}]
