"""Subscriptions as `multipart/mixed`, read by the standard library's own parser of parts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import Message
from typing import Any, cast

import httpx
import pytest

from supergraph.serve.configuration import Configuration, SubscriptionsSection
from supergraph.serve.negotiation import stream_format
from supergraph.serve.refusals import TokenRefused
from tests.chassis.eventually import eventually
from tests.supergraph.serve.streams import Served, served

SPEC = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"'
# As Apollo's clients write it.
ACCEPT = f"{SPEC},application/graphql-response+json,application/json"


def parts(response: httpx.Response) -> list[Any]:
    """The JSON of every part."""
    head = f"Content-Type: {response.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(head + response.content)
    assert message.is_multipart()
    assert message.defects == []
    found = cast("list[Message]", message.get_payload())
    assert {part.get_content_type() for part in found} <= {"application/json"}
    return [json.loads(str(part.get_payload())) for part in found]


async def ask(router: Served, query: str, accept: str = ACCEPT) -> httpx.Response:
    async with httpx.AsyncClient(timeout=20) as client:
        return await client.post(router.http, json={"query": query}, headers={"accept": accept})


def end_all(router: Served) -> None:
    for end in list(router.router.lifetimes._open.values()):
        end(TokenRefused())


@pytest.fixture
async def router() -> AsyncIterator[Served]:
    async with served() as running:
        yield running


async def test_a_subscription_streams_to_its_end(router: Served):
    answer = await ask(router, "subscription { count(to: 3) }")
    assert answer.headers["content-type"] == SPEC
    assert answer.headers["cache-control"] == "no-store"
    assert parts(answer) == [{"payload": {"data": {"count": number}}} for number in range(3)]


async def test_a_query_is_json_and_in_parts_only_where_nothing_else_is_taken(router: Served):
    assert (await ask(router, "{ hello }")).json() == {"data": {"hello": "hello"}}
    alone = await ask(router, "{ hello }", SPEC)
    assert parts(alone) == [{"payload": {"data": {"hello": "hello"}}}]


async def test_heartbeats_are_empty_parts():
    section = SubscriptionsSection(ping_seconds=0.05)
    async with served(Configuration(subscriptions=section)) as router:
        body = {"query": "subscription { told }"}
        async with (
            asyncio.timeout(20),
            httpx.AsyncClient() as client,
            client.stream("POST", router.http, json=body, headers={"accept": ACCEPT}) as stream,
        ):
            read = b""
            async for chunk in stream.aiter_bytes():
                read += chunk
                if read.count(b"\r\n\r\n{}\r\n--graphql") == 2:
                    break


async def test_why_a_stream_ends_before_its_time_is_an_error_without_payload(router: Served):
    asking = asyncio.create_task(ask(router, "subscription { told }"))
    await eventually(lambda: bool(router.router.lifetimes._open))
    end_all(router)
    *_, last = parts(await asking)
    assert last["payload"] is None
    assert last["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (SPEC, "multipart/mixed"),
        ("multipart/mixed;subscriptionSpec=1.0", "multipart/mixed"),
        (f"{SPEC}, text/event-stream", "text/event-stream"),
        (f"{SPEC}, text/event-stream;q=0.5", "multipart/mixed"),
        ("multipart/mixed", None),
        ('multipart/mixed;deferSpec="20220824"', None),
        ('multipart/mixed;subscriptionSpec="2.0"', None),
        ("multipart/*", None),
    ],
)
def test_who_reads_a_stream(accept: str, media_type: str | None):
    found = stream_format(accept)
    assert (found and found.media_type) == media_type
