from __future__ import annotations

import socket
from functools import partial
from typing import Any

import httpx

from chassis import telemetry
from stack import zipkin
from tests.e2e.waiting import wait_for


@telemetry.traced
def count_sheep(number: int) -> int:
    return number


def test_a_span_that_was_sent_is_read_back(zipkin_server: zipkin.Zipkin):
    telemetry.configure("shepherd", traces=zipkin.traces_to(zipkin_server.url))
    count_sheep(1)
    # Ends the batch.
    telemetry.configure_traces("shepherd")
    with httpx.Client(base_url=zipkin_server.url) as client:
        ((span,),) = wait_for(partial(ask, client), bool, seconds=30)
    assert span["name"] == "count_sheep"
    assert span["localEndpoint"]["serviceName"] == "shepherd"


def ask(client: httpx.Client) -> list[list[dict[str, Any]]]:
    answer = client.get("/api/v2/traces", params={"serviceName": "shepherd"})
    return answer.raise_for_status().json()


def test_it_listens_on_loopback_alone(zipkin_server: zipkin.Zipkin):
    # Would be taken if it listened on every address.
    socket.create_server(("127.0.0.2", zipkin_server.port)).close()
