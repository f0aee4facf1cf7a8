"""The whole system in this process, for a client that knows nothing of it."""

from __future__ import annotations

import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.types import ASGIApp

from tests.e2e.live import InProcessClients, LiveClients
from tests.network import ROUTER, Settings, network


@dataclass(frozen=True)
class InProcess:
    """The whole system in this process.

    Attributes:
        http: a client of the router's origin.
        live: opens subscriptions to it.
    """

    http: httpx.Client
    live: LiveClients


@contextmanager
def running_network(settings: Settings) -> Generator[InProcess]:
    """Run it in the loop of a thread of its own.

    While it does, this process cannot listen: who opens a port fails.
    """
    with (
        _without_listening(),
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(network(settings)) as router,
        httpx.Client(transport=Into(router, portal), base_url=ROUTER) as client,
    ):
        live = InProcessClients(router, portal)
        try:
            yield InProcess(client, live)
        finally:
            live.close()


@contextmanager
def _without_listening() -> Generator[None]:
    def refuse(listener: socket.socket, *_: int) -> None:
        raise AssertionError(f"a service listens: {listener}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "listen", refuse)
        yield


class Into(httpx.BaseTransport):
    """Carries requests into an application that runs in the portal's loop.

    Starlette's test client would do the same, but has left httpx behind.
    """

    def __init__(self, app: ASGIApp, portal: BlockingPortal) -> None:
        self._app = httpx.ASGITransport(app)
        self._portal = portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._portal.call(self._answer, request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await self._app.handle_async_request(request)
        body = b"".join([part async for part in answer.aiter_raw()])
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)
