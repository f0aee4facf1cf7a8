"""Open a subscription to an ASGI application in the same process."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from supergraph.execute import graphql_transport_ws
from supergraph.execute.asgi_websocket import ABNORMAL, WebSocketClosed, WebSocketSession
from supergraph.execute.graphql_transport_ws import SUBPROTOCOL, Wire
from supergraph.execute.transport import (
    SubgraphAnswerInvalid,
    SubgraphRefused,
    SubgraphUnreachable,
)

_ACK_SECONDS = 5.0
_FORBIDDEN = 403
"""What a server answers for an application that closes a WebSocket instead of accepting it."""


async def open_stream(session: WebSocketSession, payload: bytes) -> AsyncGenerator[bytes, None]:
    """Subscribe on a session that is not open yet.

    Raises:
        TransportError: it did not come to a subscription.
    """
    return await graphql_transport_ws.open_stream(_socket(session), payload, _ACK_SECONDS)


@asynccontextmanager
async def _socket(session: WebSocketSession) -> AsyncGenerator[Wire]:
    try:
        await session.__aenter__()
    except WebSocketClosed as closed:
        if closed.code == ABNORMAL:
            raise SubgraphUnreachable(str(closed)) from closed
        raise SubgraphRefused(_FORBIDDEN) from closed
    try:
        if session.subprotocol != SUBPROTOCOL:
            raise SubgraphAnswerInvalid(f"it does not speak {SUBPROTOCOL}")
        yield _Socket(session)
    finally:
        await session.close()


@dataclass(frozen=True, slots=True)
class _Socket:
    """A `Wire` without a network."""

    session: WebSocketSession

    async def send(self, text: str) -> None:
        try:
            self.session.send(text)
        except WebSocketClosed as closed:
            raise SubgraphUnreachable(str(closed)) from closed

    async def receive(self) -> str | bytes:
        try:
            return await self.session.receive()
        except WebSocketClosed as closed:
            raise SubgraphUnreachable(str(closed)) from closed
