"""Who does not read is dropped, and nobody else notices."""

from __future__ import annotations

import asyncio
import base64
import os
import socket as sockets
from collections.abc import AsyncIterator

import prometheus_client
import pytest

from supergraph.serve.configuration import Configuration, SubscriptionsSection
from supergraph.serve.outgoing import Outgoing, SlowReader
from tests.chassis.eventually import eventually
from tests.supergraph.serve.streams import Served, open_socket, served

FLOOD = '{"query": "subscription { flood(size: 50000) }"}'
HANDSHAKE = (
    "GET /graphql HTTP/1.1\r\nHost: router\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


@pytest.fixture
async def router() -> AsyncIterator[Served]:
    section = SubscriptionsSection(buffer=8, ping_seconds=100)
    async with served(Configuration(subscriptions=section)) as running:
        yield running


def masked(text: str) -> bytes:
    """A text frame of a client, shorter than 126 bytes."""
    data = text.encode()
    return bytes([0x81, 0x80 | len(data)]) + b"\0\0\0\0" + data


def unread_socket(port: int) -> sockets.socket:
    """A connection whose other end will soon be able to write no more."""
    raw = sockets.socket()
    raw.settimeout(20)
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    raw.connect(("127.0.0.1", port))
    return raw


def dropped() -> float:
    return prometheus_client.REGISTRY.get_sample_value("graphql_frames_dropped_total") or 0


async def test_a_websocket_that_is_not_read_is_dropped_with_1013(router: Served):
    before = dropped()
    async with await open_socket(router) as reader:
        await reader.init()
        await reader.subscribe("subscription { told }")
        await router.channel.heard_by(1)
        raw = await asyncio.to_thread(unread_socket, router.port)
        key = base64.b64encode(os.urandom(16)).decode()
        raw.sendall(HANDSHAKE.format(key=key).encode())
        assert b" 101 " in await asyncio.to_thread(raw.recv, 1_000)
        raw.sendall(masked('{"type":"connection_init"}'))
        raw.sendall(masked(f'{{"type":"subscribe","id":"1","payload":{FLOOD}}}'))
        await router.channel.heard_by(2)

        # Its subscription ends; the reader's goes on, with nothing lost.
        number, heard = 0, 0
        async with asyncio.timeout(60):
            while len(router.channel.listeners) == 2:
                number += 1
                router.channel.tell(number)
                heard = (await reader.receive())["payload"]["data"]["told"]
                assert heard == number
        assert dropped() > before
        rest = await asyncio.to_thread(read_all, raw)
        # A close frame: final, two bytes of code.
        assert rest[-200:].find(b"\x03\xf5What was subscribed") > 0
        raw.close()


def read_all(raw: sockets.socket) -> bytes:
    read = bytearray()
    while chunk := raw.recv(1 << 16):
        read += chunk
        if b"\x03\xf5What was" in read[-300:]:
            break
    return bytes(read)


async def test_a_stream_of_events_that_is_not_read_breaks_off(router: Served):
    raw = await asyncio.to_thread(unread_socket, router.port)
    head = (
        "POST /graphql HTTP/1.1\r\nHost: router\r\nContent-Type: application/json\r\n"
        f"Accept: text/event-stream\r\nContent-Length: {len(FLOOD)}\r\n\r\n"
    )
    raw.sendall(head.encode() + FLOOD.encode())
    await router.channel.heard_by(1)

    def tell() -> bool:
        router.channel.tell(1)
        return not router.channel.listeners

    await eventually(tell, seconds=60)
    await eventually(lambda: not router.router.streams._open)
    raw.close()


async def test_what_waits_is_bounded_by_operation_and_in_size():
    blocked = asyncio.Event()

    async def send(_: str) -> None:
        await blocked.wait()

    outgoing = Outgoing(send, frames=3, size=100)
    for _ in range(3):
        outgoing.put("x", "a")
    with pytest.raises(SlowReader):
        outgoing.put("x", "a")
    outgoing.put("x" * 90, "b")
    with pytest.raises(SlowReader):
        outgoing.put("x" * 90, "c")
    outgoing.forget("b")
    outgoing.put("x" * 90, "c")
    # One message may be larger than all: else it could never be sent.
    Outgoing(send, frames=3, size=100).put("x" * 1_000)


async def test_messages_keep_their_order_and_all_are_sent_at_the_end():
    sent: list[str] = []

    async def send(text: str) -> None:
        await asyncio.sleep(0)
        sent.append(text)

    outgoing = Outgoing(send, frames=10, size=1_000)
    running = asyncio.create_task(outgoing.run())
    for number in range(5):
        outgoing.put(str(number), "a")
    outgoing.put("of another", "b")
    outgoing.forget("b")
    outgoing.finish()
    await running
    assert sent == ["0", "1", "2", "3", "4"]
