"""Every limit holds over every transport: one pipeline, and this list to prove it.

A router once had a limit of depth that WebSockets went around (CVE-2026-30241).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from supergraph.serve.configuration import Configuration, LimitsSection
from tests.supergraph.serve.streams import Served, open_socket, served
from tests.supergraph.serve.test_event_stream import events
from tests.supergraph.serve.test_multipart import SPEC, parts
from tests.supergraph.serve.test_multipart import ask as asked_for_parts

LIMITS = LimitsSection(
    body_bytes=20_000,
    tokens=60,
    nesting=6,
    depth=4,
    fields=10,
    aliases=3,
    root_fields=5,
    directives=3,
)
TYPE = '__type(name: "a"){name}'
SKIPS = " @skip(if: false)" * 4
TOO_MUCH: dict[str, str] = {
    "tokens": "{" + " hello" * 70 + "}",
    "nesting": "{ hello(a: [[[[[[]]]]]]) }",
    "depth": "{__schema{types{fields{type{name}}}}}",
    "fields": "{ __schema { types { f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 } } }",
    "aliases": "{ a: hello b: hello c: hello d: hello }",
    "root_fields": "{ hello __typename __schema{__typename} " + TYPE + " a: hello b: hello }",
    "directives": "{ hello" + SKIPS + " }",
}
SUBSCRIPTION: dict[str, str] = {
    "tokens": "subscription {" + " told" * 70 + "}",
    "aliases": "subscription { a: told b: told c: told d: told }",
    "root_fields": "subscription { a: told b: told told count(to: 1) mine flood(size: 1) }",
    "directives": "subscription { told" + SKIPS + " }",
}
Asking = Callable[[Served, str], Awaitable[Any]]


async def by_post(router: Served, query: str) -> Any:
    async with httpx.AsyncClient() as client:
        return (await client.post(router.http, json={"query": query})).json()


async def by_get(router: Served, query: str) -> Any:
    async with httpx.AsyncClient() as client:
        return (await client.get(router.http, params={"query": query})).json()


async def by_events(router: Served, query: str) -> Any:
    async with events(router, query) as stream:
        return (await stream.next())[1]


async def by_events_and_get(router: Served, query: str) -> Any:
    async with events(router, query, method="GET") as stream:
        return (await stream.next())[1]


async def by_websocket(router: Served, query: str) -> Any:
    async with await open_socket(router) as socket:
        await socket.init()
        await socket.subscribe(query)
        message = await socket.receive()
        assert message["type"] in {"error", "next"}
        return {"errors": message["payload"]} if message["type"] == "error" else message["payload"]


async def by_multipart(router: Served, query: str) -> Any:
    (part,) = parts(await asked_for_parts(router, query, SPEC))
    return part["payload"]


TRANSPORTS: list[Asking] = [
    by_post,
    by_get,
    by_events,
    by_events_and_get,
    by_multipart,
    by_websocket,
]


def test_no_limit_is_left_out():
    """A new one must be named here, and so held over every transport."""
    assert LimitsSection.model_fields.keys() == {*TOO_MUCH, "body_bytes"}
    # What a subscription can exceed at all: it has one root field, which is validated as such.
    assert set(SUBSCRIPTION) <= set(TOO_MUCH)


@pytest.fixture
async def router() -> AsyncIterator[Served]:
    async with served(Configuration(limits=LIMITS, introspection="off")) as running:
        yield running


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_every_limit_holds(router: Served, transport: Asking):
    assert await transport(router, "{ hello }") == {"data": {"hello": "hello"}}
    for limit, query in [*TOO_MUCH.items(), *SUBSCRIPTION.items()]:
        (error,) = (await transport(router, query))["errors"]
        found = error["extensions"]
        assert (found["code"], found.get("limit")) == ("LIMIT_EXCEEDED", limit), query


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription {}", "GRAPHQL_VALIDATION_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ __schema { __typename } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { told count(to: 1) }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { told @skip(if: true) }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription ($n: Int!) { count(to: $n) }", "BAD_USER_INPUT"),
        ("query a { hello } query b { hello }", "OPERATION_RESOLUTION_FAILURE"),
    ],
)
async def test_every_refusal_is_the_same(router: Served, transport: Asking, query: str, code: str):
    if transport in {by_post, by_get} and code == "BAD_USER_INPUT":
        code = "SUBSCRIPTION_NEEDS_STREAM"
    for error in (await transport(router, query))["errors"]:
        assert error["extensions"]["code"] == code
        assert "nothing" not in error["message"] or "Did you mean" not in error["message"]


@pytest.mark.parametrize("transport", [by_events, by_events_and_get, by_websocket])
async def test_who_may_not_see_it_gets_no_stream(router: Served, transport: Asking):
    found = await transport(router, "subscription { mine }")
    assert found["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert not found.get("data")
    assert not router.channel.listeners


async def test_get_changes_nothing_as_a_stream_of_events_either(router: Served):
    for transport in (by_get, by_events_and_get):
        found = await transport(router, "mutation { burn }")
        assert found["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


async def test_a_larger_body_than_allowed_is_refused_by_each(router: Served):
    query = "{ hello } #" + "x" * 20_000
    found = await by_post(router, query)
    assert found["errors"][0]["extensions"]["code"] == "PAYLOAD_TOO_LARGE"
    async with events(router, query) as stream:
        assert stream.response.status_code == 413
    async with await open_socket(router) as socket:
        await socket.init()
        await socket.subscribe(query)
        assert (await socket.closed())[0] == 1009
