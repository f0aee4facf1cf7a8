"""Carry requests to ASGI applications in the same process: no port, no socket.

httpx's ASGI transport runs no lifespan, buffers whole answers and speaks no WebSocket, so it
could not stand in for a network. This one can.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from starlette.types import ASGIApp

from supergraph.execute.asgi_exchange import Exchange
from supergraph.execute.asgi_lifespan import lifespan
from supergraph.execute.asgi_subscribe import open_stream
from supergraph.execute.asgi_websocket import WebSocketSession
from supergraph.execute.graphql_transport_ws import SUBPROTOCOL
from supergraph.execute.transport import SubgraphRequest, SubgraphResponse, SubgraphUnreachable


class AsgiTransport:
    """A `Transport` to applications by subgraph name.

    Used as an async context manager, it starts the applications' lifespans and ends them in the
    opposite order. What their lifespans put into the state, requests find in their scope.

    Args:
        apps: the application of each subgraph.
        path: where they answer GraphQL.
    """

    def __init__(self, apps: Mapping[str, ASGIApp], *, path: str = "/graphql") -> None:
        self._apps = apps
        self._path = path
        self._states: dict[str, dict[str, Any]] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            for name, app in self._apps.items():
                self._states[name] = await self._open.enter_async_context(lifespan(app))
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send one request and wait for its whole answer.

        Raises:
            SubgraphUnreachable: no such application, or it raised instead of answering.
        """
        async with self.stream(request) as exchange:
            body = b"".join([chunk async for chunk in exchange.chunks()])
            return SubgraphResponse(exchange.status, body)

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        """Begin a stream on a WebSocket of its own; closing the generator closes it.

        Raises:
            SubgraphUnreachable: no such application, or it ended.
            SubgraphRefused: it did not accept the WebSocket.
            SubgraphTimeout: it did not acknowledge the connection in time.
            SubgraphAnswerInvalid: it does not speak the protocol.
        """
        session = self.websocket(
            request.subgraph, subprotocols=[SUBPROTOCOL], headers=request.headers
        )
        return await open_stream(session, request.body)

    def stream(self, request: SubgraphRequest) -> Exchange:
        """Send one request; the answer's chunks come as the application sends them.

        Leaving the context tells the application that the client has gone.
        """
        scope = self._scope(request.subgraph, "http", self._path, request.headers)
        return Exchange(self._app(request.subgraph), {**scope, "method": "POST"}, request.body)

    def websocket(
        self,
        subgraph: str,
        path: str | None = None,
        subprotocols: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> WebSocketSession:
        """Open a WebSocket to an application, as an async context manager."""
        scope = self._scope(subgraph, "websocket", path or self._path, headers or {})
        scope["subprotocols"] = list(subprotocols)
        return WebSocketSession(self._app(subgraph), scope)

    async def close(self) -> None:
        """End the applications' lifespans."""
        await self._open.aclose()

    def _app(self, subgraph: str) -> ASGIApp:
        if subgraph not in self._apps:
            raise SubgraphUnreachable(f"no application for {subgraph}")
        return self._apps[subgraph]

    def _scope(
        self, subgraph: str, kind: str, path: str, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        return {
            "type": kind,
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "http" if kind == "http" else "ws",
            "path": path,
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [
                (b"host", subgraph.encode()),
                *((name.lower().encode(), value.encode()) for name, value in headers.items()),
            ],
            "client": ("127.0.0.1", 0),
            "server": (subgraph, 80),
            "state": dict(self._states.get(subgraph, {})),
        }
