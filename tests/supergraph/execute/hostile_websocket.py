"""A subgraph on loopback whose WebSocket misbehaves as told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

SUBPROTOCOL = "graphql-transport-ws"
Behave = Callable[[ServerConnection], Awaitable[None]]
Refuse = Callable[[ServerConnection, Request], Response | None]


@dataclass
class HostileWebSocket:
    """What it was sent, and whether its clients have gone."""

    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    requests: list[Request] = field(default_factory=list[Request])
    gone: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def hostile_websocket(
    behave: Behave, *, subprotocol: str | None = SUBPROTOCOL, refuse: Refuse | None = None
) -> AsyncGenerator[HostileWebSocket]:
    """Start a server that behaves so on each connection and then reads until it ends."""
    server = HostileWebSocket()

    async def connected(connection: ServerConnection) -> None:
        try:
            await behave(connection)
            async for message in connection:
                server.received.append(json.loads(message))
        except ConnectionClosed:
            pass
        finally:
            server.gone.set()

    def handshake(connection: ServerConnection, request: Request) -> Response | None:
        server.requests.append(request)
        return refuse(connection, request) if refuse else None

    offered = [Subprotocol(subprotocol)] if subprotocol else None
    async with serve(
        connected, "127.0.0.1", 0, subprotocols=offered, process_request=handshake, max_size=None
    ) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        server.url = f"http://127.0.0.1:{port}/graphql"
        yield server


async def acknowledge(connection: ServerConnection) -> dict[str, Any]:
    """Do as the protocol says until the subscription; gives its payload."""
    assert json.loads(await connection.recv()) == {"type": "connection_init"}
    await connection.send('{"type":"connection_ack"}')
    subscribe = json.loads(await connection.recv())
    assert (subscribe["id"], subscribe["type"]) == ("1", "subscribe")
    return subscribe["payload"]


def says(*messages: Any) -> Behave:
    """Acknowledge, say these (text as it is, anything else as JSON), and wait."""

    async def behave(connection: ServerConnection) -> None:
        await acknowledge(connection)
        for message in messages:
            is_raw = isinstance(message, str | bytes)
            await connection.send(message if is_raw else json.dumps(message))

    return behave


def next_(payload: Any, id: str = "1") -> dict[str, Any]:
    """A frame."""
    return {"id": id, "type": "next", "payload": payload}
