"""Subscriptions over real WebSockets, to subgraphs that do as the protocol says and that do not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from supergraph.execute.http import HttpOptions, HttpTransport
from supergraph.execute.http_subscribe import StreamOptions
from supergraph.execute.transport import (
    SubgraphAnswerInvalid,
    SubgraphRefused,
    SubgraphRequest,
    SubgraphTimeout,
    SubgraphUnreachable,
)
from tests.chassis.eventually import eventually
from tests.supergraph.execute.hostile import nobody_there
from tests.supergraph.execute.hostile_websocket import (
    Behave,
    acknowledge,
    hostile_websocket,
    next_,
    says,
)

REQUEST = SubgraphRequest(
    "s", "subscription", b'{"query":"subscription{a}"}', {"x-mt-claims": "c", "traceparent": "t"}
)
TURNS = 1000
"""Of the event loop, after which whatever can happen without a reader has happened."""
COMPLETE = {"id": "1", "type": "complete"}
ONE = {"data": {"a": 1}}


def transport(*urls: str, **stream: Any) -> HttpTransport:
    return HttpTransport({"s": urls}, HttpOptions(stream=StreamOptions(**stream)))


async def listen(*urls: str, **stream: Any) -> list[Any]:
    async with transport(*urls, **stream) as over:
        return [json.loads(body) async for body in await over.subscribe(REQUEST)]


async def test_payloads_come_as_they_are_until_the_subgraph_completes() -> None:
    behave = says(next_(ONE), next_({"data": None, "extensions": {"x": [1]}}), COMPLETE)
    async with hostile_websocket(behave) as server:
        assert await listen(server.url) == [ONE, {"data": None, "extensions": {"x": [1]}}]
        await server.gone.wait()
    (request,) = server.requests
    assert request.headers["x-mt-claims"] == "c"
    assert request.headers["traceparent"] == "t"
    assert "user-agent" not in request.headers
    assert "sec-websocket-extensions" not in request.headers


async def test_the_request_is_what_is_subscribed() -> None:
    payloads: list[Any] = []

    async def behave(connection: ServerConnection) -> None:
        payloads.append(await acknowledge(connection))
        await connection.send(json.dumps(COMPLETE))

    async with hostile_websocket(behave) as server:
        assert await listen(server.url) == []
    assert payloads == [{"query": "subscription{a}"}]


async def test_an_error_is_the_last() -> None:
    error = {"id": "1", "type": "error", "payload": [{"message": "no"}]}
    async with hostile_websocket(says(error, next_(ONE))) as server:
        assert await listen(server.url) == [{"errors": [{"message": "no"}]}]
        await server.gone.wait()


async def test_pings_are_answered_before_and_after_the_acknowledgement() -> None:
    async def behave(connection: ServerConnection) -> None:
        await connection.send('{"type":"ping"}')
        assert json.loads(await connection.recv()) == {"type": "connection_init"}
        assert json.loads(await connection.recv()) == {"type": "pong"}
        await connection.send('{"type":"pong"}')
        await connection.send('{"type":"connection_ack"}')
        await connection.recv()
        await connection.send('{"type":"ping","payload":{"x":1}}')
        assert json.loads(await connection.recv()) == {"type": "pong"}
        await connection.send(json.dumps(COMPLETE))

    async with hostile_websocket(behave) as server:
        assert await listen(server.url) == []


async def silent(_connection: ServerConnection) -> None:
    pass


async def closes(connection: ServerConnection) -> None:
    await connection.close(4403, "Forbidden")


async def test_without_acknowledgement_it_does_not_begin() -> None:
    async with hostile_websocket(silent) as server, transport(server.url, ack_timeout=0.1) as over:
        with pytest.raises(SubgraphTimeout):
            await over.subscribe(REQUEST)
        await server.gone.wait()


async def test_a_close_before_the_acknowledgement_does_not_begin_it() -> None:
    async with hostile_websocket(closes) as server, transport(server.url) as over:
        with pytest.raises(SubgraphUnreachable, match="4403"):
            await over.subscribe(REQUEST)


@pytest.mark.parametrize("subprotocol", [None, "graphql-ws"])
async def test_another_protocol_is_refused(subprotocol: str | None) -> None:
    async with (
        hostile_websocket(silent, subprotocol=subprotocol) as server,
        transport(server.url) as over,
    ):
        with pytest.raises((SubgraphAnswerInvalid, SubgraphRefused)):
            await over.subscribe(REQUEST)


async def test_a_refused_handshake_tells_its_status() -> None:
    def refuse(connection: ServerConnection, _: Any) -> Any:
        return connection.respond(HTTPStatus.FORBIDDEN, "no")

    async with hostile_websocket(silent, refuse=refuse) as server, transport(server.url) as over:
        with pytest.raises(SubgraphRefused) as refused:
            await over.subscribe(REQUEST)
    assert refused.value.status == 403


async def test_a_redirect_is_not_followed() -> None:
    async with hostile_websocket(says(COMPLETE)) as inside:

        def refuse(connection: ServerConnection, _: Any) -> Any:
            response = connection.respond(HTTPStatus.TEMPORARY_REDIRECT, "")
            response.headers["Location"] = inside.url.replace("http", "ws")
            return response

        async with (
            hostile_websocket(silent, refuse=refuse) as server,
            transport(server.url) as over,
        ):
            with pytest.raises(SubgraphRefused):
                await over.subscribe(REQUEST)
    assert inside.requests == []


@pytest.mark.parametrize(
    ("behave", "error"),
    [
        pytest.param(says(next_(ONE), "no JSON"), SubgraphAnswerInvalid, id="garbage"),
        pytest.param(says(next_(ONE), b"\xff\xfe"), SubgraphAnswerInvalid, id="not UTF-8"),
        pytest.param(says(next_(ONE), ["next"]), SubgraphAnswerInvalid, id="no object"),
        pytest.param(says(next_(ONE), {"type": "data"}), SubgraphAnswerInvalid, id="unknown type"),
        pytest.param(says(next_(ONE), next_(ONE, "2")), SubgraphAnswerInvalid, id="another id"),
        pytest.param(
            says(next_(ONE), {"type": "connection_ack"}), SubgraphAnswerInvalid, id="second ack"
        ),
        pytest.param(
            says(next_(ONE), next_({"data": "x" * 10_000_000})), SubgraphAnswerInvalid, id="10 MB"
        ),
    ],
)
async def test_a_breach_of_the_protocol_ends_the_stream(
    behave: Behave, error: type[Exception]
) -> None:
    async with hostile_websocket(behave) as server, transport(server.url) as over:
        stream = await over.subscribe(REQUEST)
        assert json.loads(await anext(stream)) == ONE
        with pytest.raises(error):
            await anext(stream)
        await server.gone.wait()


async def test_a_payload_is_passed_on_unread() -> None:
    """What is no GraphQL answer is for the executor to say."""
    behave = says('{"id":"1","type":"next"}', COMPLETE)
    async with hostile_websocket(behave) as server, transport(server.url) as over:
        assert [body async for body in await over.subscribe(REQUEST)] == [b""]


@pytest.mark.parametrize("abruptly", [False, True])
async def test_a_stream_that_is_closed_midway_is_unreachable(abruptly: bool) -> None:
    async def behave(connection: ServerConnection) -> None:
        await says(next_(ONE))(connection)
        if abruptly:
            connection.transport.abort()
        else:
            await connection.close(1012)

    async with hostile_websocket(behave) as server, transport(server.url) as over:
        stream = await over.subscribe(REQUEST)
        await anext(stream)
        with pytest.raises(SubgraphUnreachable):
            await anext(stream)


async def test_a_flood_waits_for_its_reader() -> None:
    """Whatever the subgraph has sent ahead of its reader is bounded, whoever sends how much."""
    frame, sent = json.dumps(next_({"data": "x" * 100_000})), 0
    stuck = asyncio.Event()

    async def behave(connection: ServerConnection) -> None:
        nonlocal sent
        await acknowledge(connection)
        while sent < 1000:
            sending = asyncio.ensure_future(connection.send(frame))
            for _ in range(TURNS):
                await asyncio.sleep(0)
                if sending.done():
                    break
            else:
                stuck.set()
            await sending
            sent += 1

    async with hostile_websocket(behave) as server, transport(server.url) as over:
        stream = await over.subscribe(REQUEST)
        await anext(stream)
        await stuck.wait()
        assert sent < 500
        before = sent
        for _ in range(before):
            await anext(stream)
        await stream.aclose()
        await server.gone.wait()


async def test_frames_that_nobody_reads_do_not_hold_up_the_end() -> None:
    many = says(*[next_(ONE)] * 100)
    async with (
        hostile_websocket(many) as server,
        transport(server.url, close_timeout=3600) as over,
    ):
        stream = await over.subscribe(REQUEST)
        await anext(stream)
        await stream.aclose()
    assert server.received == [COMPLETE]


async def streams_of(*urls: str, count: int) -> AsyncGenerator[Any, None]:
    async with transport(*urls) as over:
        for _ in range(count):
            yield await over.subscribe(REQUEST)


async def test_it_goes_to_the_next_url_where_one_does_not_take_it() -> None:
    async with hostile_websocket(closes) as away, hostile_websocket(says(COMPLETE)) as server:
        assert await listen(nobody_there(), away.url, server.url) == []


async def test_streams_are_spread_over_the_urls() -> None:
    async with (
        hostile_websocket(says(COMPLETE)) as one,
        hostile_websocket(says(COMPLETE)) as two,
    ):
        async for stream in streams_of(one.url, two.url, count=4):
            assert [body async for body in stream] == []
    assert (len(one.requests), len(two.requests)) == (2, 2)


async def test_nobody_takes_it() -> None:
    async with transport(nobody_there(), nobody_there()) as over:
        with pytest.raises(SubgraphUnreachable):
            await over.subscribe(REQUEST)
        with pytest.raises(SubgraphUnreachable):
            await over.subscribe(SubgraphRequest("unknown", "subscription", b"{}"))


@pytest.mark.parametrize("how", ["closed unread", "closed", "cancelled"])
async def test_the_end_says_complete_and_leaves_nothing_behind(how: str) -> None:
    async with hostile_websocket(says(next_(ONE))) as server:
        before = asyncio.all_tasks()
        async with transport(server.url) as over:
            stream = await over.subscribe(REQUEST)
            if how != "closed unread":
                await anext(stream)
            if how == "cancelled":
                waiting = asyncio.ensure_future(anext(stream))
                await asyncio.wait({waiting}, timeout=0)
                waiting.cancel()
                await asyncio.wait({waiting})
                assert waiting.cancelled()
            else:
                await stream.aclose()
            await server.gone.wait()
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
        # A server that still has to send what nobody reads may not come to hear of it.
        assert server.received == [COMPLETE] or how == "closed unread"
        if left := asyncio.all_tasks() - before:  # the server's own, which sees the end later
            await asyncio.wait(left, timeout=5)
        assert asyncio.all_tasks() <= before


async def test_cancelling_the_beginning_leaves_nothing_behind() -> None:
    async with hostile_websocket(silent) as server, transport(server.url) as over:
        beginning = asyncio.ensure_future(over.subscribe(REQUEST))
        await eventually(lambda: server.requests)
        beginning.cancel()
        await asyncio.wait({beginning})
        assert beginning.cancelled()
        await server.gone.wait()


async def test_a_subgraph_that_says_nothing_more_is_found_dead() -> None:
    """Its TCP connection stands, but nobody reads there: the keepalive notices."""
    frozen = asyncio.Event()

    async def behave(connection: ServerConnection) -> None:
        await says(next_(ONE))(connection)
        connection.transport.pause_reading()
        await frozen.wait()
        connection.transport.abort()

    async with hostile_websocket(behave) as server, transport(server.url, ping_seconds=0.1) as over:
        stream = await over.subscribe(REQUEST)
        await anext(stream)
        with pytest.raises(SubgraphUnreachable):
            await anext(stream)
        frozen.set()
