"""Composition root: everything that serves, joined to one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, cast

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from chassis.server import ServiceApp, service_app
from supergraph.serve.configuration import Configuration, CorsSection
from supergraph.serve.drain import draining_on_signal
from supergraph.serve.graphql_over_http import GraphQLOverHTTP
from supergraph.serve.pipeline import answer, refused
from supergraph.serve.playground import playground_routes
from supergraph.serve.refusals import Starting
from supergraph.serve.request import Answer, GraphQLRequest
from supergraph.serve.router import Router

_HEADERS = (
    "authorization",
    "content-type",
    "apollo-require-preflight",
    "x-apollo-operation-name",
    "traceparent",
    "tracestate",
)
_log = structlog.get_logger(__name__)


class NotReady(Exception):
    """The router cannot answer yet."""


class Serving:
    """A router from the start of its process to the end: there once it has been loaded."""

    def __init__(self, load: Callable[[], Router]) -> None:
        self._load = load
        self._router: Router | None = None
        self._fault: Exception | None = None

    async def answer(self, request: GraphQLRequest) -> Answer:
        """Answer one request, or say that it is too early."""
        if self._router is None:
            return refused(Starting())
        return await answer(request, self._router)

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
            if self._router is not None:
                await self._router.transport.close()

    async def _start(self) -> None:
        try:
            self._router = await asyncio.to_thread(self._load)
        except Exception as fault:  # noqa: BLE001 `/ready` tells it, and the log
            _log.exception("the supergraph cannot be loaded")
            self._fault = fault
            return
        _log.info("ready", subgraphs=[g.name for g in self._router.supergraph.graphs.values()])


def create_app(load: Callable[[], Router], configuration: Configuration) -> ServiceApp:
    """Join the parts.

    `/graphql`, the playground where configured, and what every service answers: `/health`,
    `/ready`, `/metrics`.

    Args:
        load: makes the router; called once, in a thread, when serving begins.
        configuration: read from `router.yaml`.

    Raises:
        ConfigurationInvalid: the playground's folder holds no page.
    """
    serving = Serving(load)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        begin = partial(setattr, app, "draining", True)
        with draining_on_signal(begin):
            async with serving.loaded():
                yield

    endpoint = GraphQLOverHTTP(serving.answer, configuration)
    pages = Starlette(
        routes=[Route("/graphql", endpoint), *playground_routes(configuration)],
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
