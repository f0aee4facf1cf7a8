"""The protocol, message by message: what a WebSocket may do, and how it ends when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from supergraph.serve.configuration import (
    Configuration,
    CorsSection,
    LimitsSection,
    SubscriptionsSection,
)
from supergraph.serve.graphql_transport_ws.closing import SocketClosed
from tests.chassis.eventually import eventually
from tests.supergraph.serve import test_lifetimes
from tests.supergraph.serve.streams import Served, Socket, open_socket, served

SMALL = LimitsSection(body_bytes=10_000, depth=3, tokens=200, aliases=3)


@pytest.fixture(scope="module")
def configuration() -> Configuration:
    return Configuration(
        cors=CorsSection(origins=("https://app.example.com",)),
        limits=SMALL,
        subscriptions=SubscriptionsSection(per_socket=5, per_identity=8, sockets_per_identity=20),
    )


@pytest.fixture
async def router(configuration: Configuration) -> AsyncIterator[Served]:
    async with served(configuration) as running:
        yield running


@pytest.fixture
async def socket(router: Served) -> AsyncIterator[Socket]:
    async with await open_socket(router) as socket:
        yield socket


async def test_a_subscription_streams_until_the_client_completes_it(router: Served, socket: Socket):
    await socket.init()
    await socket.subscribe("subscription { told }")
    await router.channel.heard_by(1)
    router.channel.tell(7)
    assert await socket.receive() == {"id": "1", "type": "next", "payload": {"data": {"told": 7}}}
    await socket.send("complete", id="1")
    await router.channel.heard_by(0)
    # The id is free again.
    await socket.subscribe("subscription { count(to: 1) }")
    assert (await socket.receive())["payload"] == {"data": {"count": 0}}
    assert await socket.receive() == {"id": "1", "type": "complete"}


async def test_queries_and_mutations_have_one_answer(socket: Socket):
    await socket.init()
    for name, text, data in (
        ("q", "{ hello }", {"hello": "hello"}),
        ("m", "mutation { burn }", {"burn": 1}),
    ):
        await socket.subscribe(text, name)
        assert await socket.receive() == {"id": name, "type": "next", "payload": {"data": data}}
        assert await socket.receive() == {"id": name, "type": "complete"}


async def test_a_long_burst_reaches_who_reads_it_whole(socket: Socket):
    await socket.init()
    await socket.subscribe("subscription { count(to: 500) }")
    numbers = [(await socket.receive())["payload"]["data"]["count"] for _ in range(500)]
    assert numbers == list(range(500))
    assert (await socket.receive())["type"] == "complete"


async def test_a_client_that_leaves_ends_its_subscriptions(router: Served):
    async with await open_socket(router) as socket:
        await socket.init()
        await socket.subscribe("subscription { told }")
        await router.channel.heard_by(1)
    await router.channel.heard_by(0)


async def test_ping_and_pong(socket: Socket):
    await socket.send("ping", payload={"a": 1})
    assert await socket.receive() == {"type": "pong", "payload": {"a": 1}}
    await socket.send("pong")
    await socket.init()


INVALID: dict[str, Any] = {
    "no JSON": "{",
    "deep JSON": "[" * 9_000,
    "a list": "[]",
    "no type": "{}",
    "unknown type": '{"type": "start", "id": "1"}',
    "payload of init": '{"type": "connection_init", "payload": []}',
    "token that is no text": '{"type": "connection_init", "payload": {"Authorization": 1}}',
    "no id": '{"type": "subscribe", "payload": {"query": "{hello}"}}',
    "empty id": '{"type": "complete", "id": ""}',
    "long id": '{"type": "complete", "id": "' + "i" * 257 + '"}',
    "deep ping": '{"type": "ping", "payload": ' + "[" * 900 + "]" * 900 + "}",
    "bytes": b'{"type": "ping"}',
}


@pytest.mark.parametrize("name", INVALID)
async def test_4400_invalid_message(socket: Socket, name: str):
    await socket.connection.send(INVALID[name])
    code, reason = await socket.closed()
    assert code == 4400, reason


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"query": 1},
        {"query": "{hello}", "variables": []},
        {"query": "{hello}", "operationName": 1},
    ],
)
async def test_4400_invalid_parameters(socket: Socket, payload: dict[str, Any]):
    await socket.init()
    await socket.send("subscribe", id="1", payload=payload)
    code, reason = await socket.closed()
    assert (code, "parameter" in reason) == (4400, True)


async def test_4401_subscribe_before_the_acknowledgement(socket: Socket):
    await socket.subscribe("{ hello }")
    assert (await socket.closed())[0] == 4401


async def test_4406_another_subprotocol(router: Served):
    for offered in (["graphql-ws"], None):
        socket = await open_socket(router, subprotocols=offered)
        assert (await socket.closed())[0] == 4406


async def test_4408_no_init_in_time():
    section = SubscriptionsSection(init_timeout=0.05)
    async with served(Configuration(subscriptions=section)) as router:
        socket = await open_socket(router)
        assert (await socket.closed())[0] == 4408


async def test_4409_duplicate_id(socket: Socket):
    await socket.init()
    await socket.subscribe("subscription { told }")
    await socket.subscribe("{ hello }")
    assert (await socket.closed())[0] == 4409


async def test_4429_second_init(socket: Socket):
    await socket.init()
    await socket.send("connection_init")
    assert (await socket.closed())[0] == 4429


async def test_4429_too_many_sockets():
    section = SubscriptionsSection(sockets_per_identity=2, pending_per_address=3)
    async with served(Configuration(subscriptions=section)) as router:
        kept = [await (await open_socket(router)).init() for _ in range(2)]
        third = await open_socket(router)
        await third.send("connection_init")
        assert await third.closed() == (
            4429,
            "No more than 2 may be open at one time (`sockets_per_identity`).",
        )
        await kept.pop().connection.close()
        # Its place is free again.
        kept.append(await (await open_socket(router)).init())
        waiting = [await open_socket(router) for _ in range(4)]
        assert "pending_per_address" in (await waiting[-1].closed())[1]
        for socket in (*kept, *waiting):
            await socket.connection.close()


async def test_1001_when_the_router_drains(router: Served, socket: Socket):
    await socket.init()
    await socket.subscribe("subscription { told }")
    await router.channel.heard_by(1)
    waiting = await open_socket(router)
    router.router.lifetimes.drain()
    assert (await socket.closed())[0] == (await waiting.closed())[0] == 1001
    await router.channel.heard_by(0)
    late = await open_socket(router)
    assert (await late.closed())[0] == 1001


async def test_1009_a_message_larger_than_the_limit(socket: Socket):
    await socket.connection.send('{"type": "ping", "payload": "' + "x" * 10_000 + '"}')
    assert (await socket.closed())[0] == 1009


async def test_1009_a_message_of_endless_frames(socket: Socket):
    async def frames() -> AsyncIterator[str]:
        while True:
            yield ""
            # The router runs in the same loop.
            await asyncio.sleep(0)

    with pytest.raises(ConnectionClosed):
        await socket.connection.send(frames())
    assert (await socket.closed())[0] == 1009


async def test_1013_a_ping_that_nobody_answers():
    section = SubscriptionsSection(ping_seconds=0.1)
    async with served(Configuration(subscriptions=section)) as router:
        silent = await (await open_socket(router)).init()
        lively = await (await open_socket(router)).init()
        for _ in range(5):
            assert await lively.receive() == {"type": "ping"}
            await lively.send("pong")
        assert await silent.closed() == (1013, "A ping was not answered.")
        await lively.connection.close()


async def test_1011_the_router_fails(
    router: Served, socket: Socket, monkeypatch: pytest.MonkeyPatch
):
    async def broken(_: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(router.router.authenticator, "authenticate", broken)
    await socket.send("connection_init")
    code, reason = await socket.closed()
    assert (code, "inside" in reason) == (1011, False)


def test_each_close_code_has_a_test_of_its_name():
    reasons = [SocketClosed, *_below(SocketClosed)]
    named = {*globals(), *vars(test_lifetimes)}
    for reason in reasons:
        assert any(name.startswith(f"test_{reason.code}_") for name in named), reason


def _below(reason: type[SocketClosed]) -> list[type[SocketClosed]]:
    return [found for one in reason.__subclasses__() for found in (one, *_below(one))]


async def test_no_compression_is_agreed_upon(socket: Socket):
    response = socket.connection.response
    assert response is not None
    assert "Sec-WebSocket-Extensions" not in response.headers


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        ("http://127.0.0.1:PORT", True),
        ("https://app.example.com", True),
        ("https://evil-app.example.com", False),
        ("https://127.0.0.1", False),
        ("http://127.0.0.1:PORT.evil.com", False),
        ("null", False),
        ("http://[", False),
    ],
)
async def test_only_pages_of_ours_may_connect(router: Served, origin: str, is_ours: bool):
    given = origin.replace("PORT", str(router.port))
    if is_ours:
        async with await open_socket(router, origin=given) as socket:
            await socket.init()
        return
    with pytest.raises(InvalidStatus) as refused:
        await open_socket(router, origin=given)
    assert refused.value.response.status_code == 403


async def test_operations_beyond_the_limit_of_a_socket_are_refused_by_name(
    router: Served, socket: Socket
):
    await socket.init()
    for number in range(1_000):
        await socket.subscribe("subscription { told }", str(number))
    refusals = [await socket.receive() for _ in range(995)]
    assert {refusal["type"] for refusal in refusals} == {"error"}
    assert {refusal["payload"][0]["extensions"]["limit"] for refusal in refusals} == {"per_socket"}
    await router.channel.heard_by(5)


async def test_subscriptions_beyond_the_limit_of_an_identity_are_refused_over_all_its_sockets(
    router: Served,
):
    first, second = [await (await open_socket(router)).init() for _ in range(2)]
    for number in range(5):
        await first.subscribe("subscription { told }", str(number))
    await router.channel.heard_by(5)
    for number in range(3):
        await second.subscribe("subscription { told }", str(number))
    await router.channel.heard_by(8)
    await second.subscribe("subscription { told }", "one too many")
    refusal = await second.receive()
    assert refusal["payload"][0]["extensions"] == {
        "code": "TOO_MUCH_OPEN",
        "limit": "per_identity",
        "maximum": 8,
    }
    await first.connection.close()
    await router.channel.heard_by(3)
    await second.subscribe("subscription { count(to: 1) }", "now")
    assert (await second.receive())["type"] == "next"
    await second.connection.close()
    await eventually(lambda: not router.router.streams._open)


async def test_a_flood_of_pings_that_is_read_is_answered(socket: Socket):
    async def ask() -> None:
        for _ in range(2_000):
            await socket.send("ping")

    asking = asyncio.create_task(ask())
    for _ in range(2_000):
        assert await socket.receive() == {"type": "pong"}
    await asking
