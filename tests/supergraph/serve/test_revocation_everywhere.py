"""A session that ends, ends in every process of the router: two of them, one with two workers."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Generator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.bus import Bus
from stack.nats import Nats
from tests.chassis.eventually import eventually
from tests.servers import RunningServer
from tests.supergraph.serve.router_process import (
    START_SECONDS,
    RouterProcess,
    is_ready,
    router_process,
    streaming_subgraph,
)
from tests.supergraph.serve.sessions import KIND, revoked, status, statuses
from tests.supergraph.serve.streams import Socket, open_socket
from tests.supergraph.serve.tokens import (
    AUDIENCE,
    ISSUER,
    SECRET,
    SECRET_NAME,
    Issuer,
    issuing,
)

ENDED = (401, 4403)
GOES_ON = (200, None)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as issuer:
        yield issuer


@pytest.fixture
async def configuration(issuer: Issuer) -> AsyncIterator[dict[str, Any]]:
    auth = {
        "jwks_url": [issuer.url],
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "router_secret_env": SECRET_NAME,
        "revocation": {"subject": f"mt.v1.{KIND}"},
    }
    async with streaming_subgraph() as (url, _):
        yield {"subgraphs": {"a": {"urls": [url], "timeout": 20}}, "auth": auth}


def environ_for(nats: Nats) -> dict[str, str]:
    return {SECRET_NAME: SECRET, "MT_NATS_URL": nats.url_for("router")}


@contextmanager
def stopped(pid: int) -> Generator[None]:
    """Hold a worker, so that the other one takes what comes."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def each_is_ready(router: RouterProcess) -> bool:
    for worker in router.workers():
        # Shortly: who does not answer the supervisor for five seconds is replaced.
        with stopped(worker):
            if not await is_ready(router):
                return False
    return True


async def socket_at(router: RouterProcess, token: str) -> Socket:
    return await (await open_socket(router)).init(token)


async def test_a_session_ends_in_every_process(
    tmp_path: Path, issuer: Issuer, configuration: dict[str, Any], nats_server: Nats
):
    environ, user = environ_for(nats_server), "019a0000-0000-7000-8000-0000000000e1"
    ended, kept = (issuer.signer().sign(user, name, ()) for name in ("e1-a", "e1-b"))
    async with AsyncExitStack() as stack:
        bus = await Bus.connect(nats_server.url_for("users"), "users")
        stack.push_async_callback(bus.close)
        await bus.ensure_streams()
        pair = await stack.enter_async_context(
            router_process(tmp_path / "a", configuration, "--workers", "2", environ=environ)
        )
        single = await stack.enter_async_context(
            router_process(tmp_path / "b", configuration, environ=environ)
        )
        # One of its workers is; the other one perhaps not yet.
        await eventually(lambda: each_is_ready(pair), seconds=START_SECONDS)
        sockets, kept_sockets = [await socket_at(single, ended)], [await socket_at(single, kept)]
        for worker in pair.workers():
            with stopped(worker):
                sockets.append(await socket_at(pair, ended))
                kept_sockets.append(await socket_at(pair, kept))
        assert len(sockets) == 3

        await bus.publish(revoked("e1-a", user))
        for socket in sockets:
            assert await socket.closed() == (4403, "The session of this access token has ended.")
        assert await statuses(single, ended) == ENDED
        for worker in pair.workers():
            with stopped(worker):
                assert await statuses(pair, ended) == ENDED
                assert await statuses(pair, kept) == GOES_ON
        for socket in kept_sockets:
            await socket.subscribe("{ hello }")
            assert (await socket.receive())["payload"] == {"data": {"hello": "hello"}}

        late = await stack.enter_async_context(
            router_process(tmp_path / "c", configuration, environ=environ)
        )
        assert await statuses(late, ended) == ENDED
        assert await statuses(late, kept) == GOES_ON
        for socket in kept_sockets:
            await socket.connection.close()


async def test_while_nats_is_away_tokens_hold_and_the_router_says_so(
    tmp_path: Path,
    issuer: Issuer,
    configuration: dict[str, Any],
    own_nats_server: RunningServer,
    own_nats: Nats,
):
    environ, user = environ_for(own_nats), "019a0000-0000-7000-8000-0000000000e2"
    before, after = (issuer.signer().sign(user, name, ()) for name in ("e2-a", "e2-b"))
    async with AsyncExitStack() as stack:
        bus = await Bus.connect(own_nats.url_for("users"), "users")
        stack.push_async_callback(bus.close)
        await bus.ensure_streams()
        router = await stack.enter_async_context(
            router_process(tmp_path / "a", configuration, environ=environ)
        )
        await eventually(lambda: current(router))
        await bus.publish(revoked("e2-a", user))
        await eventually(lambda: refuses(router, before))

        own_nats_server.kill()
        await eventually(lambda: away(router))
        assert await status(router, after) == 200
        # What is known stays known.
        assert await status(router, before) == 401
        assert any(line["event"] == "following waits" for line in router.log_lines())

        own_nats_server.start()
        await eventually(lambda: current(router))
        await eventually(lambda: bus.is_connected)
        await bus.publish(revoked("e2-b", user))
        await eventually(lambda: refuses(router, after))


async def refuses(router: RouterProcess, token: str) -> bool:
    return await status(router, token) == 401


async def current(router: RouterProcess) -> bool:
    return "revocations_current 1.0" in (await router.get("/metrics")).text


async def away(router: RouterProcess) -> bool:
    try:
        return "revocations_current 0.0" in (await router.get("/metrics")).text
    except httpx.TransportError:
        return False
