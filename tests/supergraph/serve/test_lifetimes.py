"""What is open ends with its token, with its session, and with the router; over every transport."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from chassis.bus import Bus
from chassis.identity import Viewer
from stack.nats import Nats
from supergraph.serve.configuration import AuthSection, Configuration, RevocationSection
from supergraph.serve.lifetimes import Lifetimes
from supergraph.serve.refusals import Draining, RequestRefused
from supergraph.serve.revocation import Revocations, SessionEnded
from tests.chassis.eventually import eventually
from tests.supergraph.serve.sessions import KIND, revoked, statuses
from tests.supergraph.serve.streams import Served, Socket, open_socket, served
from tests.supergraph.serve.test_event_stream import events
from tests.supergraph.serve.tokens import (
    AUDIENCE,
    ISSUER,
    SECRET,
    SECRET_NAME,
    SESSION,
    USER,
    Issuer,
    issuing,
)

MINE = "subscription { mine }"
LIFE = 600


def configured(issuer: Issuer, **parts: Any) -> Configuration:
    revocation = RevocationSection(subject=f"mt.v1.{KIND}")
    auth = AuthSection(
        jwks_url=(issuer.url,),
        issuer=ISSUER,
        audience=AUDIENCE,
        router_secret_env=SECRET_NAME,
        revocation=revocation if parts.pop("revocation", True) else None,
    )
    return Configuration(auth=auth, **parts)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with issuing() as issuer:
        yield issuer


@pytest.fixture
async def router(issuer: Issuer) -> AsyncIterator[Served]:
    settings = configured(issuer, revocation=False)
    async with served(settings, {SECRET_NAME: SECRET}) as running:
        yield running


@pytest.mark.parametrize(
    "payload",
    [
        {"authorization": "Bearer TOKEN"},
        {"Authorization": "bearer TOKEN"},
        {"headers": {"Authorization": "Bearer TOKEN"}},
        {"Headers": {"AUTHORIZATION": "Bearer TOKEN"}},
    ],
)
async def test_the_token_may_come_with_the_init(
    router: Served, issuer: Issuer, payload: dict[str, Any]
):
    token = issuer.token()

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(below) for key, below in value.items()}
        return value.replace("TOKEN", token)

    async with await open_socket(router) as socket:
        await socket.send("connection_init", payload=filled(payload))
        assert (await socket.receive())["type"] == "connection_ack"
        await is_known(router, socket)


async def test_the_token_may_come_with_the_handshake(router: Served, issuer: Issuer):
    headers = {"Authorization": f"Bearer {issuer.token()}"}
    async with await open_socket(router, additional_headers=headers) as socket:
        await is_known(router, await socket.init())


async def is_known(router: Served, socket: Socket) -> None:
    await socket.subscribe(MINE)
    await router.channel.heard_by(1)
    router.channel.tell(1)
    assert (await socket.receive())["payload"] == {"data": {"mine": 1}}


async def test_without_a_token_only_what_is_open_to_all_streams(router: Served):
    async with await open_socket(router) as socket:
        await socket.init()
        await socket.subscribe(MINE)
        refusal = await socket.receive()
        assert refusal["type"] in {"error", "next"}
        assert "UNAUTHENTICATED" in str(refusal)
        await socket.subscribe("subscription { count(to: 1) }", "2")
        while (answer := await socket.receive())["id"] != "2":
            pass
        assert answer["payload"] == {"data": {"count": 0}}


@pytest.mark.parametrize("given", ["Bearer forged", "Basic abc", "expired", "nearly expired"])
async def test_4403_a_token_that_does_not_hold(router: Served, issuer: Issuer, given: str):
    now = time.time()
    tokens = {
        "expired": f"Bearer {issuer.token(now=now - 2 * LIFE)}",
        # Over HTTP clocks may differ by a minute; a stream of so short a life is none.
        "nearly expired": f"Bearer {issuer.token(now=now - LIFE - 10)}",
    }
    async with await open_socket(router) as socket:
        await socket.send("connection_init", payload={"authorization": tokens.get(given, given)})
        code, reason = await socket.closed()
        assert (code, "token" in reason) == (4403, True)


async def test_4400_two_tokens(router: Served):
    async with await open_socket(router) as socket:
        payload = {"authorization": "Bearer a", "AUTHORIZATION": "Bearer b"}
        await socket.send("connection_init", payload=payload)
        assert (await socket.closed())[0] == 4400


async def test_1013_keys_that_cannot_be_read(issuer: Issuer):
    issuer.status = 500
    settings = configured(issuer, revocation=False)
    async with (
        served(settings, {SECRET_NAME: SECRET}) as router,
        await open_socket(router) as socket,
    ):
        await socket.send("connection_init", payload={"authorization": f"Bearer {issuer.token()}"})
        assert (await socket.closed())[0] == 1013


async def test_streams_end_with_their_token(router: Served, issuer: Issuer):
    token = issuer.token(now=time.time() - LIFE + 2)
    async with await open_socket(router) as socket, events(router, MINE, token=token) as stream:
        await socket.init(token)
        await socket.subscribe(MINE)
        await router.channel.heard_by(2)
        assert await socket.closed() == (4403, "The access token has expired.")
        name, data = await stream.next()
        assert (name, "UNAUTHENTICATED" in str(data)) == ("next", True)
        assert await stream.next() == ("complete", None)
    await router.channel.heard_by(0)


async def test_keys_come_from_the_next_url_when_one_fails(issuer: Issuer):
    auth = configured(issuer, revocation=False).auth
    urls = ("http://127.0.0.1:1/keys", issuer.url)
    settings = Configuration(auth=auth.model_copy(update={"jwks_url": urls}))
    async with (
        served(settings, {SECRET_NAME: SECRET}) as router,
        await open_socket(router) as socket,
    ):
        await is_known(router, await socket.init(issuer.token()))


@pytest.fixture
async def bus(nats_server: Nats) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_server.url_for("users"), "users")
    await bus.ensure_streams()
    yield bus
    await bus.close()


async def test_every_router_ends_what_a_session_has_open_and_refuses_its_token(
    issuer: Issuer, bus: Bus, nats_server: Nats
):
    environ = {SECRET_NAME: SECRET, "MT_NATS_URL": nats_server.url_for("router")}
    settings, mine, other = configured(issuer), "session-a", "session-b"
    ended, kept = (issuer.signer().sign(USER, session, ()) for session in (mine, other))
    async with (
        served(settings, environ) as first,
        served(settings, environ) as second,
        await open_socket(first) as socket,
        await open_socket(second) as kept_socket,
        events(second, MINE, token=ended) as stream,
    ):
        await socket.init(ended)
        await kept_socket.init(kept)
        await second.channel.heard_by(1)
        await bus.publish(revoked(mine))

        assert await socket.closed() == (4403, "The session of this access token has ended.")
        name, data = await stream.next()
        assert (name, "UNAUTHENTICATED" in str(data)) == ("next", True)
        assert await stream.next() == ("complete", None)
        for router in (first, second):
            assert await statuses(router, ended) == (401, 4403)
            assert await statuses(router, kept) == (200, None)
        await is_known(second, kept_socket)

        # Who starts later knows it as well.
        async with served(settings, environ) as third:
            assert await statuses(third, ended) == (401, 4403)
            assert await statuses(third, kept) == (200, None)


async def test_all_sessions_end_but_those_that_begin_afterwards(
    issuer: Issuer, bus: Bus, nats_server: Nats
):
    user = "019a0000-0000-7000-8000-000000000002"
    environ = {SECRET_NAME: SECRET, "MT_NATS_URL": nats_server.url_for("router")}
    before = issuer.signer().sign(user, "session-c", ())
    async with served(configured(issuer), environ) as router, await open_socket(router) as socket:
        await socket.init(before)
        await bus.publish(revoked(None, user))
        assert (await socket.closed())[0] == 4403
        assert await statuses(router, before) == (401, 4403)
        after = issuer.signer().sign(user, "session-d", (), now=time.time() + 0.002)
        assert await statuses(router, after) == (200, None)


async def test_tokens_hold_while_nats_is_away(issuer: Issuer):
    environ = {SECRET_NAME: SECRET, "MT_NATS_URL": "nats://router:secret@127.0.0.1:1"}
    async with served(configured(issuer), environ) as router:
        assert await statuses(router, issuer.token()) == (200, None)
        async with httpx.AsyncClient() as client:
            metrics = await client.get(f"http://127.0.0.1:{router.port}/metrics")
        assert "revocations_current 0.0" in metrics.text


def viewer(session: str = SESSION, issued: float = 100, user: str = USER) -> Viewer:
    return Viewer(user, session, frozenset(), 1_000, issued)


def test_a_session_is_forgotten_when_its_tokens_have_ended():
    now = [0.0]
    revocations = Revocations(keep_seconds=10, now=lambda: now[0])
    revocations.revoke(USER, SESSION, 0)
    revocations.revoke("another", None, 50)
    with pytest.raises(SessionEnded):
        revocations.check(viewer())
    revocations.check(viewer("of another session"))
    revocations.check(None)
    assert revocations.is_revoked(viewer("x", 50, "another"))
    assert not revocations.is_revoked(viewer("x", 51, "another"))
    # An event that comes late says less than one that was heard before it.
    revocations.revoke("another", None, 40)
    assert revocations.is_revoked(viewer("x", 50, "another"))
    now[0] = 11
    revocations.revoke("a third", "y", 0)
    assert len(revocations._sessions) == 1
    assert not revocations._users


def test_only_who_is_meant_is_told():
    revocations, told = Revocations(), list[str]()
    with (
        revocations.watched(viewer("a"), lambda: told.append("a")),
        revocations.watched(viewer("b"), lambda: told.append("b")),
        revocations.watched(viewer("a", user="other"), lambda: told.append("other")),
    ):
        revocations.revoke(USER, "a", 0)
        assert told == ["a"]
        revocations.revoke(USER, None, 100)
        assert told == ["a", "a", "b"]
    revocations.revoke(USER, "b", 0)
    assert told == ["a", "a", "b"]
    assert not revocations._watchers


async def test_nothing_stays_behind(router: Served, issuer: Issuer):
    async with await open_socket(router) as socket:
        await socket.init(issuer.token())
    await eventually(lambda: not router.router.lifetimes._open)
    assert not router.router.revocations._watchers


async def test_what_ended_before_it_was_watched_ends_at_once():
    revocations = Revocations(LIFE)
    lifetimes = Lifetimes(revocations)
    viewer = Viewer(USER, SESSION, frozenset(), int(time.time()) + LIFE, time.time())
    told: list[type[RequestRefused]] = []
    revocations.revoke(USER, SESSION, time.time())
    with lifetimes.watched(viewer, lambda reason: told.append(type(reason))):
        assert told == [SessionEnded]
    lifetimes.drain()
    with lifetimes.watched(None, lambda reason: told.append(type(reason))):
        assert told == [SessionEnded, Draining]
