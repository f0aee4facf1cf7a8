"""HTTP servers on loopback that misbehave, one byte string at a time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Behave = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class HostileServer:
    """Reads requests and then does what it was made for."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list[bytes])
    heads: list[bytes] = field(default_factory=list[bytes])
    gone: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def hostile(behave: Behave) -> AsyncGenerator[HostileServer]:
    """Start a server that reads one request per connection and then behaves."""
    server = HostileServer()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            server.heads.append(head)
            server.bodies.append(await reader.readexactly(length))
            waiting = asyncio.ensure_future(behave(writer))
            await asyncio.wait(
                {waiting, asyncio.ensure_future(reader.read())}, return_when=asyncio.FIRST_COMPLETED
            )
            if not waiting.done():
                waiting.cancel()
                server.gone.set()
        except (ConnectionError, asyncio.IncompleteReadError):
            server.gone.set()
        finally:
            writer.close()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/graphql"
    try:
        yield server
    finally:
        listening.close()
        await listening.wait_closed()


def says(raw: bytes) -> Behave:
    """Write these bytes and close."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return behave


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole, correct HTTP response."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def nobody_there() -> str:
    """A URL on loopback that refuses connections."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/graphql"
