"""The endpoint as an ASGI application: takes or refuses a handshake, serves, closes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import prometheus_client
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from chassis.identity import Client
from supergraph.serve.configuration import Configuration
from supergraph.serve.cross_site import may_open
from supergraph.serve.graphql_transport_ws.closing import (
    GoingAway,
    NotServing,
    SocketClosed,
    SubprotocolRefused,
)
from supergraph.serve.graphql_transport_ws.connection import Connection, Sockets
from supergraph.serve.graphql_transport_ws.messages import SUBPROTOCOL
from supergraph.serve.refusals import Starting
from supergraph.serve.router import Router

# A peer that reads nothing gets no close frame either.
_CLOSE_SECONDS = 5
_sockets_open = prometheus_client.Gauge("graphql_sockets_open", "Open WebSockets")


class GraphQLTransportWS:
    """Answers on WebSockets.

    Args:
        router: gives it, or raises `Starting`.
        configuration: limits, and whose pages may connect.
    """

    def __init__(self, router: Callable[[], Router], configuration: Configuration) -> None:
        self._router = router
        self._configuration = configuration
        self._sockets = Sockets(configuration.subscriptions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket to its end."""
        socket = WebSocket(scope, receive, send)
        with suppress(WebSocketDisconnect):
            if not may_open(socket.headers, self._configuration.cors.origins):
                # Before the acceptance: an HTTP status of 403.
                await socket.close()
                return
            is_ours = SUBPROTOCOL in scope["subprotocols"]
            await socket.accept(SUBPROTOCOL if is_ours else None)
            with _sockets_open.track_inprogress():
                reason = await self._serve(socket) if is_ours else SubprotocolRefused()
            if reason is not None:
                await _close(socket, reason)

    async def _serve(self, socket: WebSocket) -> SocketClosed | None:
        try:
            router = self._router()
        except Starting as refusal:
            return NotServing(str(refusal))
        if router.lifetimes.draining:
            return GoingAway()
        ip = socket.client.host if socket.client else None
        client = Client(ip, socket.headers.get("user-agent"))
        connection = Connection(socket, router, self._configuration, client, self._sockets)
        return await connection.serve()


async def _close(socket: WebSocket, reason: SocketClosed) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await socket.close(reason.code, reason.reason)
