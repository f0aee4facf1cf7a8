"""Composition root: everything that serves, joined to one ASGI application."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from chassis.bus import Bus
from chassis.server import ServiceApp, service_app
from supergraph.serve.configuration import Configuration, CorsSection, RevocationSection
from supergraph.serve.drain import draining_on_signal
from supergraph.serve.graphql_over_http import GraphQLOverHTTP
from supergraph.serve.graphql_transport_ws import GraphQLTransportWS
from supergraph.serve.playground import playground_routes
from supergraph.serve.refusals import Starting
from supergraph.serve.revocation import Revocations, follow_revocations
from supergraph.serve.router import Router, read_nats_url

_HEADERS = (
    "authorization",
    "content-type",
    "apollo-require-preflight",
    "x-apollo-operation-name",
    "traceparent",
    "tracestate",
)
# Where NATS is away, the router serves all the same.
_CURRENT_SECONDS = 3
_log = structlog.get_logger(__name__)


class NotReady(Exception):
    """The router cannot answer yet."""


class Serving:
    """A router from the start of its process to the end: there once it has been loaded."""

    def __init__(
        self, load: Callable[[], Router], revocation: RevocationSection | None, nats_url: str | None
    ) -> None:
        self._load = load
        self._revocation = revocation
        self._nats_url = nats_url
        self._bus: Bus | None = None
        self._router: Router | None = None
        self._fault: Exception | None = None

    def router(self) -> Router:
        """What answers requests.

        Raises:
            Starting: it is too early.
        """
        if self._router is None:
            raise Starting
        return self._router

    def drain(self) -> None:
        """End what clients keep open, since the process is about to end."""
        if self._router is not None:
            self._router.lifetimes.drain()

    async def ready(self) -> None:
        """Return when requests are answered.

        Raises:
            NotReady: the supergraph is still being loaded.
            Exception: it could not be loaded, and why.
        """
        if self._fault is not None:
            raise self._fault
        if self._router is None:
            raise NotReady

    @asynccontextmanager
    async def loaded(self) -> AsyncGenerator[None, None]:
        """Load the router beside serving, so that `/health` answers meanwhile; close it."""
        loading = asyncio.create_task(self._start())
        try:
            yield
        finally:
            loading.cancel()
            with suppress(asyncio.CancelledError):
                await loading
            if self._bus is not None:
                await self._bus.close()
            if self._router is not None:
                await self._router.transport.close()

    async def _start(self) -> None:
        try:
            router = await asyncio.to_thread(self._load)
            await self._hear_revocations(router.revocations)
            self._router = router
        except Exception as fault:  # noqa: BLE001 `/ready` tells it, and the log
            _log.exception("the supergraph cannot be loaded")
            self._fault = fault
            return
        _log.info("ready", subgraphs=[g.name for g in router.supergraph.graphs.values()])

    async def _hear_revocations(self, revocations: Revocations) -> None:
        """Know the sessions that ended before this process began, before it answers anyone."""
        if self._revocation is None or self._nats_url is None:
            return
        self._bus = await Bus.connect(self._nats_url, "router")
        following = follow_revocations(self._bus, revocations, self._revocation)
        try:
            async with asyncio.timeout(_CURRENT_SECONDS):
                await following.wait_current()
        except TimeoutError:
            _log.warning("revocations are not heard yet, tokens hold until they end by themselves")


def create_app(
    load: Callable[[], Router],
    configuration: Configuration,
    environ: Mapping[str, str] | None = None,
) -> ServiceApp:
    """Join the parts.

    `/graphql` over HTTP and WebSocket, the playground where configured, and what every service
    answers: `/health`, `/ready`, `/metrics`.

    Args:
        load: makes the router; called once, in a thread, when serving begins.
        configuration: read from `router.yaml`.
        environ: where the URL of NATS is; the process's environment when not given.

    Raises:
        ConfigurationInvalid: the playground's folder holds no page, or the URL is not there.
    """
    nats_url = read_nats_url(configuration, os.environ if environ is None else environ)
    serving = Serving(load, configuration.auth.revocation, nats_url)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        loop = asyncio.get_running_loop()

        def begin() -> None:
            app.draining = True
            # A signal's handler runs between two steps of the loop, and may not wake it otherwise.
            loop.call_soon_threadsafe(serving.drain)

        with draining_on_signal(begin):
            async with serving.loaded():
                yield

    pages = Starlette(
        routes=[
            Route("/graphql", GraphQLOverHTTP(serving.router, configuration)),
            WebSocketRoute("/graphql", GraphQLTransportWS(serving.router, configuration)),
            *playground_routes(configuration),
        ],
        middleware=_cors(configuration.cors),
    )
    app = service_app(
        "router",
        graphql=_behind_proxies(pages, configuration),
        router_secret=None,
        ready=serving.ready,
        lifespan=lifespan,
    )
    return app


def _behind_proxies(app: ASGIApp, configuration: Configuration) -> ASGIApp:
    """Put the client of a trusted proxy in the connection's place."""
    if not configuration.trusted_proxies:
        return app
    trusted = [str(network) for network in configuration.trusted_proxies]
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", app), trusted))


def _cors(cors: CorsSection) -> list[Middleware]:
    if not cors.origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(cors.origins),
            allow_methods=["GET", "POST"],
            allow_headers=list(_HEADERS),
            max_age=cors.max_age,
        )
    ]
