"""Open a subscription at a URL of a subgraph.

Each has a WebSocket of its own: the claims that are signed for it are one viewer's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidStatus,
    WebSocketException,
)
from websockets.typing import Subprotocol

from supergraph.execute import graphql_transport_ws
from supergraph.execute.graphql_transport_ws import SUBPROTOCOL, Wire
from supergraph.execute.transport import (
    SubgraphAnswerInvalid,
    SubgraphRefused,
    SubgraphRequest,
    SubgraphTimeout,
    SubgraphUnreachable,
    TransportError,
)

_FRAMES_AHEAD = 2
_OUR_COMPLAINTS = frozenset({1002, 1003, 1007, 1009})
"""Codes with which this side closes: the other one broke the rules, or a frame is too large."""


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """How to hold subscriptions to subgraphs.

    Attributes:
        open_timeout: seconds until a URL that does not take the WebSocket counts as down.
        ack_timeout: seconds from then until the subgraph acknowledges, both taken together.
        ping_seconds: how often an idle connection is asked whether it lives, and how long the
            answer may take. A reader that takes nothing for as long loses the stream too.
        close_timeout: seconds that the other side has to say goodbye.
        max_frame_bytes: a larger frame ends the stream.
    """

    open_timeout: float = 3.0
    ack_timeout: float = 5.0
    ping_seconds: float = 20.0
    close_timeout: float = 1.0
    max_frame_bytes: int = 1024 * 1024


async def open_stream(
    url: str, request: SubgraphRequest, options: StreamOptions
) -> AsyncGenerator[bytes, None]:
    """Subscribe at one URL.

    Raises:
        TransportError: it did not come to a subscription.
    """
    socket = _socket(url, request, options)
    return await graphql_transport_ws.open_stream(socket, request.body, options.ack_timeout)


@asynccontextmanager
async def _socket(
    url: str, request: SubgraphRequest, options: StreamOptions
) -> AsyncGenerator[Wire]:
    connection = await _connected(url, request, options)
    try:
        if connection.subprotocol != SUBPROTOCOL:
            raise SubgraphAnswerInvalid(f"it does not speak {SUBPROTOCOL}")
        yield _Socket(connection)
    finally:
        try:
            await _close(connection)
        finally:
            connection.transport.abort()


async def _close(connection: ClientConnection) -> None:
    """Say goodbye; what lies unread is thrown away, or the answer would stand behind it."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_discard(connection))
        await connection.close()


async def _discard(connection: ClientConnection) -> None:
    with suppress(ConnectionClosed):
        while True:
            await connection.recv(decode=False)


async def _connected(
    url: str, request: SubgraphRequest, options: StreamOptions
) -> ClientConnection:
    try:
        return await _Connect(
            url.replace("http", "ws", 1),
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            additional_headers=request.headers,
            user_agent_header=None,
            compression=None,
            proxy=None,
            open_timeout=options.open_timeout,
            ping_interval=options.ping_seconds,
            ping_timeout=options.ping_seconds,
            close_timeout=options.close_timeout,
            max_size=options.max_frame_bytes,
            max_queue=_FRAMES_AHEAD,
        )
    except TimeoutError as error:
        raise SubgraphTimeout(str(error)) from error
    except InvalidStatus as error:
        raise SubgraphRefused(error.response.status_code) from error
    except OSError as error:
        raise SubgraphUnreachable(str(error)) from error
    except (WebSocketException, ValueError) as error:
        raise SubgraphAnswerInvalid(str(error)) from error


class _Connect(connect):
    """Follows no redirect: whoever answers at a URL may not send signed claims elsewhere."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Every answer but an open WebSocket is a failure."""
        return exc


@dataclass(frozen=True, slots=True)
class _Socket:
    """A `Wire` over TCP."""

    connection: ClientConnection

    async def send(self, text: str) -> None:
        try:
            await self.connection.send(text)
        except ConnectionClosed as closed:
            raise _error_of(closed) from closed

    async def receive(self) -> bytes:
        try:
            # As bytes: the JSON decoder checks the encoding.
            return await self.connection.recv(decode=False)
        except ConnectionClosed as closed:
            raise _error_of(closed) from closed


def _error_of(closed: ConnectionClosed) -> TransportError:
    ours = closed.sent if closed.rcvd_then_sent is not True else None
    if ours is not None and ours.code in _OUR_COMPLAINTS:
        return SubgraphAnswerInvalid(f"we closed with {ours.code} {ours.reason}")
    return SubgraphUnreachable(f"the stream was closed: {closed}")
