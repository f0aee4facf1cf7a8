"""From any ASGI app to a served one: health, metrics, the router's signature, traces, a drain.

Knows no GraphQL library. One request, from outside in: span and access log, then the routes that
are open to all, then the gate, then the app.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from types import FrameType
from typing import TypeAlias

import prometheus_client
import structlog
import uvicorn
from opentelemetry.trace import SpanKind
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.identity import CLAIMS_HEADER, SIGNATURE_HEADER, Caller, NotFromRouter, verify_claims
from chassis.telemetry import extract, in_session, session_scope, span

Lifespan: TypeAlias = Callable[[Starlette], AbstractAsyncContextManager[None]]
Ready: TypeAlias = Callable[[], Awaitable[None]]

LARGEST_BODY = 1024 * 1024
# A WebSocket's handshake may be answered as a request is.
_ANSWERED = frozenset({"http.response.start", "websocket.http.response.start"})
# Asked every few seconds by machines: neither logged nor traced.
QUIET = frozenset({"/health", "/ready", "/metrics"})

_log = structlog.get_logger("chassis.server")
_seconds = prometheus_client.Histogram(
    "http_request_seconds", "Time from request to the end of its answer", ["service", "status"]
)


def service_app(
    name: str,
    *,
    graphql: ASGIApp,
    router_secret: bytes | None,
    ready: Ready,
    lifespan: Lifespan,
    open_routes: Sequence[Route] = (),
) -> ServiceApp:
    """Serve `graphql` behind the gate, with what every service answers beside it.

    Args:
        name: of the service, in spans, metrics and logs.
        graphql: gets every other path, with the `Viewer | None` in `scope["state"]["viewer"]`
            and the `Client` that the router saw in `scope["state"]["client"]`.
        router_secret: MT_ROUTER_SECRET; None opens the service to everybody (playground mode),
            and the viewer is None, the client empty.
        ready: returns when the service can answer; what it raises is the reason that /ready gives.
        lifespan: opens and closes what the service holds, as in Starlette.
        open_routes: further paths that need no signature; without parameters in them.
    """
    return ServiceApp(name, graphql, router_secret, ready, (lifespan, open_routes))


class ServiceApp:
    """A served app. `draining` is set when it is about to end: /ready then says 503."""

    def __init__(
        self,
        name: str,
        graphql: ASGIApp,
        router_secret: bytes | None,
        ready: Ready,
        own: tuple[Lifespan, Sequence[Route]],
    ) -> None:
        lifespan, open_routes = own
        self.name = name
        self.draining = False
        self._ready = ready
        self._gated = (
            _without_viewer(graphql) if router_secret is None else Gate(graphql, router_secret)
        )
        routes = [
            Route("/health", _health),
            Route("/ready", self._answer_ready),
            Route("/metrics", _metrics),
            *open_routes,
        ]
        self._open_paths = frozenset(route.path for route in routes)
        self._open = Starlette(routes=routes, lifespan=lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the lifespan."""
        if scope["type"] == "lifespan" or scope["path"] in QUIET:
            await self._open(scope, receive, send)
            return
        # Most requests go past the routes: matching them takes as long as all the rest here.
        app = self._open if scope["path"] in self._open_paths else self._gated
        await self._observed(app, scope, receive, send)

    async def _observed(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _Answer(send, last=self.draining)
        began = time.perf_counter()
        method = scope.get("method", "WEBSOCKET")
        attributes = {
            "service.name": self.name,
            "http.request.method": method,
            "url.path": scope["path"],
        }
        parent = extract(_trace_headers(scope))
        name = f"{method} {scope['path']}"
        with (
            session_scope(),
            span(name, attributes, kind=SpanKind.SERVER, parent=parent) as current,
        ):
            try:
                await app(scope, receive, answer.send)
            finally:
                seconds = time.perf_counter() - began
                current.set_attribute("http.response.status_code", answer.status)
                _seconds.labels(self.name, str(answer.status)).observe(seconds)
                _log.info(
                    "request",
                    method=method,
                    path=scope["path"],
                    status=answer.status,
                    ms=round(seconds * 1000, 2),
                )

    async def _answer_ready(self, _: Request) -> Response:
        if self.draining:
            return JSONResponse({"ready": False, "reason": "draining"}, 503)
        try:
            async with asyncio.timeout(5):
                await self._ready()
        except Exception as error:  # noqa: BLE001 whatever is wrong is the reason
            _log.warning("not ready", error=repr(error))
            # The kind alone: messages of drivers name hosts and users.
            return JSONResponse({"ready": False, "reason": type(error).__name__}, 503)
        return JSONResponse({"ready": True})


class Gate:
    """Lets in only what the router signed; reads the whole body first, up to 1 MiB."""

    def __init__(self, app: ASGIApp, secret: bytes) -> None:
        self._app = app
        self._secret = secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Verify and hand on, or refuse: 401 for a request, 403 for a WebSocket."""
        body = b""
        if scope["type"] == "http":
            try:
                body = await _read(Headers(scope=scope), receive)
            except BodyTooLarge:
                await _refuse(send, 413, "PAYLOAD_TOO_LARGE", "The body is over 1 MiB")
                return
        try:
            caller = self._verify(Headers(scope=scope), body)
        except NotFromRouter:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            else:
                await _refuse(send, 401, "NOT_FROM_ROUTER", "Only the router may ask")
            return
        if caller.viewer is not None:
            in_session(caller.viewer.session_id)
        replayed = _replay(body, receive) if scope["type"] == "http" else receive
        await self._app(_with_caller(scope, caller), replayed, send)

    def _verify(self, headers: Headers, body: bytes) -> Caller:
        # Twice the same header: which one another reader takes is anybody's guess.
        if any(len(headers.getlist(name)) != 1 for name in (CLAIMS_HEADER, SIGNATURE_HEADER)):
            raise NotFromRouter
        return verify_claims(self._secret, headers, body)


class BodyTooLarge(Exception):
    """The body is over 1 MiB."""


class _Answer:
    """Passes an answer on and remembers its status; `last` asks for the connection's end."""

    def __init__(self, send: Send, *, last: bool) -> None:
        self._send = send
        self._last = last
        # What the client sees when the app ends without an answer.
        self.status = 500

    async def send(self, message: Message) -> None:
        if message["type"] in _ANSWERED:
            self.status = message["status"]
            if self._last:
                headers = [*message.get("headers", ()), (b"connection", b"close")]
                message = {**message, "headers": headers}
        elif message["type"] == "websocket.accept":
            self.status = 101
        elif message["type"] == "websocket.close" and self.status != 101:  # noqa: PLR2004 HTTP's own
            self.status = 403
        await self._send(message)


class Server(uvicorn.Server):
    """uvicorn, but a signal first turns /ready to 503 for a moment, then ends the server."""

    def __init__(self, config: uvicorn.Config, app: ServiceApp, notice_seconds: float) -> None:
        super().__init__(config)
        self._service = app
        self._notice = notice_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; a second signal ends it at once."""
        if self._service.draining:
            self.should_exit = self.force_exit = True
            return
        self._service.draining = True
        # A signal handler runs between two steps of the loop, and may not wake it otherwise.
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(loop.call_later, self._notice, self._stop)

    def _stop(self) -> None:
        self.should_exit = True


def run(
    app: ServiceApp,
    *,
    host: str,
    port: int,
    drain_seconds: float = 10,
    notice_seconds: float = 0.5,
) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is in flight and close.

    Args:
        app: from `service_app`.
        host: address to listen on.
        port: TCP port.
        drain_seconds: how long requests in flight may take after the signal.
        notice_seconds: how long it still takes requests while /ready already says 503, so that
            whoever balances load hears of it before connections are refused.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, int(drain_seconds)),
    )
    Server(config, app, notice_seconds).run()


async def _health(_: Request) -> Response:
    return JSONResponse({"alive": True})


async def _metrics(_: Request) -> Response:
    text = prometheus_client.generate_latest()
    return PlainTextResponse(text, media_type=prometheus_client.CONTENT_TYPE_LATEST)


def _without_viewer(app: ASGIApp) -> ASGIApp:
    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        await app(_with_caller(scope, Caller()), receive, send)

    return call


def _with_caller(scope: Scope, caller: Caller) -> Scope:
    said = {"viewer": caller.viewer, "client": caller.client}
    return {**scope, "state": {**scope.get("state", {}), **said}}


def _trace_headers(scope: Scope) -> dict[str, str]:
    names = {b"traceparent": "traceparent", b"tracestate": "tracestate"}
    return {
        names[name]: value.decode("latin-1") for name, value in scope["headers"] if name in names
    }


async def _read(headers: Headers, receive: Receive) -> bytes:
    stated = headers.get("content-length", "0")
    if stated.isdigit() and int(stated) > LARGEST_BODY:
        raise BodyTooLarge
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > LARGEST_BODY:
            raise BodyTooLarge
        more = message.get("more_body", False)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            # Next can only come the client's leaving, which long answers watch for.
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    error = {"message": message, "extensions": {"code": code}}
    body = json.dumps({"errors": [error]}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
