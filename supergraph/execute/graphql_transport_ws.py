"""The client's side of graphql-transport-ws: one subscription on one WebSocket.

Source:
    https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, suppress
from typing import Protocol

import msgspec

from supergraph.execute.transport import (
    SubgraphAnswerInvalid,
    SubgraphTimeout,
    TransportError,
)

SUBPROTOCOL = "graphql-transport-ws"

_ID = "1"
_INIT = '{"type":"connection_init"}'
_PONG = '{"type":"pong"}'
_COMPLETE = f'{{"id":"{_ID}","type":"complete"}}'
_OF_THE_OPERATION = frozenset({"next", "error", "complete"})


class Wire(Protocol):
    """An open WebSocket; both methods raise a `TransportError` once it has closed."""

    async def send(self, text: str) -> None:
        """Send one text message."""
        ...

    async def receive(self) -> str | bytes:
        """Wait for the next message."""
        ...


class _Message(msgspec.Struct):
    type: str
    id: str | None = None
    payload: msgspec.Raw = msgspec.Raw()


async def open_stream(
    socket: AbstractAsyncContextManager[Wire], payload: bytes, ack_seconds: float
) -> AsyncGenerator[bytes, None]:
    """Subscribe on a WebSocket of its own, which closes when the stream ends or is closed.

    Args:
        socket: opened here.
        payload: JSON of `query`, `variables` and `operationName`.
        ack_seconds: until the subgraph must have acknowledged the connection.

    Returns:
        As `Transport.subscribe` does.

    Raises:
        TransportError: it did not come to a subscription.
    """
    stream = _run(socket, payload)
    try:
        async with asyncio.timeout(ack_seconds):
            # A generator that has not started has nothing to close: this one is started here.
            await anext(stream)
    except TimeoutError as error:
        raise SubgraphTimeout("the connection was not acknowledged in time") from error
    return stream


async def _run(
    socket: AbstractAsyncContextManager[Wire], payload: bytes
) -> AsyncGenerator[bytes, None]:
    async with socket as wire:
        await _begin(wire, payload)
        try:
            yield b""
            while (message := await _of_operation(wire)).type == "next":
                yield bytes(message.payload)
        except (GeneratorExit, asyncio.CancelledError):
            with suppress(TransportError):
                await wire.send(_COMPLETE)
            raise
        if message.type == "error":
            yield b'{"errors":%b}' % bytes(message.payload)


async def _begin(wire: Wire, payload: bytes) -> None:
    await wire.send(_INIT)
    first = await _receive(wire)
    if first.type != "connection_ack":
        raise SubgraphAnswerInvalid(f"{first.type[:40]} instead of connection_ack")
    await wire.send(f'{{"id":"{_ID}","type":"subscribe","payload":{payload.decode()}}}')


async def _of_operation(wire: Wire) -> _Message:
    message = await _receive(wire)
    if message.type not in _OF_THE_OPERATION or message.id != _ID:
        raise SubgraphAnswerInvalid(f"{message.type[:40]} for {message.id} is out of place")
    return message


async def _receive(wire: Wire) -> _Message:
    """The next message that is about more than whether the other side is alive."""
    while (message := _read(await wire.receive())).type in {"ping", "pong"}:
        if message.type == "ping":
            await wire.send(_PONG)
    return message


def _read(text: str | bytes) -> _Message:
    try:
        return msgspec.json.decode(text, type=_Message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SubgraphAnswerInvalid(f"no message of {SUBPROTOCOL}: {error}") from error
