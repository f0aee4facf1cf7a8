"""The service put together: its lifespan with real NATS and Postgres, its routes, its clients."""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import jwt
import pytest

from chassis.bus import Bus
from chassis.envelope import Envelope
from chassis.identity import Client, TokenVerifier, Viewer
from subgraphs.users import app as users_app
from subgraphs.users.settings import UsersSettings
from supergraph.serve.configuration import RevocationSection
from supergraph.serve.revocation import Revocations, follow_revocations
from tests.chassis.eventually import eventually
from tests.subgraphs.users.conftest import token_key
from tests.subgraphs.users.people import PASSWORD, unique, viewer_of
from tests.subgraphs.users.subgraph import SECRET, SIGN_UP, Subgraph


@pytest.fixture
def settings(database_url, tmp_path):
    key = tmp_path / "token.pem"
    key.write_bytes(token_key())

    def made(nats_url: str, **more) -> UsersSettings:
        return UsersSettings(
            port=0,
            nats_url=nats_url,
            router_secret=SECRET,
            cursor_secret="a secret for cursors that nobody uses here",
            database_url=database_url,
            token_key_file=key,
            token_issuer="users",
            token_audience="microtwitt",
            **more,
        )

    return made


@asynccontextmanager
async def running(app):
    """Run the app's lifespan, as a server does."""
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    outbox: asyncio.Queue[Any] = asyncio.Queue()
    task = asyncio.create_task(app({"type": "lifespan"}, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    try:
        yield app
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        assert (await outbox.get())["type"] == "lifespan.shutdown.complete"
        await task


async def http_get(app, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://users") as client:
        return await client.get(path)


async def next_event(events: asyncio.Queue[Envelope], user_id: str) -> Envelope:
    async with asyncio.timeout(20):
        while (event := await events.get()).subject != user_id:
            pass
        return event


@pytest.fixture
async def bus(nats_server):
    bus = await Bus.connect(nats_server.url, "test")
    await bus.ensure_streams()
    yield bus
    await bus.close()


@pytest.fixture
async def seen(bus):
    """Every event of users, as a consumer of the stream sees it."""
    events: asyncio.Queue[Envelope] = asyncio.Queue()
    await bus.consume(f"test-{uuid.uuid4().hex}", ["mt.v1.users.>"], events.put)
    return events


async def test_sign_up_reaches_the_stream_in_order(settings, nats_server, seen):
    async with running(users_app.create_app(settings(nats_server.url_for("users")))) as app:
        viewer = await Subgraph(app).sign_up()
        created = await next_event(seen, viewer.id)
        updated = await next_event(seen, viewer.id)
    assert [created.type, updated.type] == ["users.account.created", "users.profile.updated"]
    assert [created.aggversion, updated.aggversion] == [1, 2]


async def test_two_replicas_answer_each_question_once(settings, nats_server, bus):
    async with AsyncExitStack() as stack:
        url = nats_server.url_for("users")
        apps = [
            await stack.enter_async_context(running(users_app.create_app(settings(url))))
            for _ in range(2)
        ]
        viewer = await Subgraph(apps[0]).sign_up()
        question = json.dumps({"userIds": [viewer.id]}).encode()
        for _ in range(10):
            answer = json.loads(await bus.request("mt.ask.users.cards", question, timeout=5))
            assert [card["userId"] for card in answer["cards"]] == [viewer.id]


async def test_nats_away_never_blocks_signing_up(settings, own_nats_server):
    url = own_nats_server.server.url_for("users")
    own_nats_server.stop()
    async with running(users_app.create_app(settings(url))) as app:
        async with asyncio.timeout(2):
            viewer = await Subgraph(app).sign_up()
        assert (await http_get(app, "/ready")).status_code == 200
        own_nats_server.start()
        admin = await Bus.connect(own_nats_server.server.url, "test", wait_seconds=10)
        await admin.ensure_streams()
        events: asyncio.Queue[Envelope] = asyncio.Queue()
        await admin.consume("test", ["mt.v1.users.>"], events.put)
        assert (await next_event(events, viewer.id)).type == "users.account.created"
        await admin.close()


async def test_access_tokens_are_verified_with_the_open_jwks(settings, nats_server):
    app = users_app.create_app(settings(nats_server.url_for("users")))
    async with running(app):
        response = await http_get(app, "/.well-known/jwks.json")
        account = {"username": "jwks_user", "email": "jwks@example.org", "password": "long enough"}
        tokens = (await Subgraph(app).data(SIGN_UP, input=account))["signUp"]
    (key,) = response.json()["keys"]
    assert (key["kty"], key["crv"], key["alg"]) == ("OKP", "Ed25519", "EdDSA")
    assert "d" not in key

    async def fetch() -> dict[str, Any]:
        return response.json()

    verifier = TokenVerifier(fetch, issuer="users", audience="microtwitt")
    viewer = await verifier.verify(tokens["accessToken"])
    assert viewer == viewer_of(tokens["accessToken"])
    assert jwt.get_unverified_header(tokens["accessToken"])["alg"] == "EdDSA"


LOG_OUT = "mutation ($all: Boolean) { logOut(everywhere: $all) { __typename } }"


async def test_the_router_refuses_the_tokens_of_sessions_that_ended(settings, nats_server):
    """What a token says of its session, and what the event says, is what the router compares."""
    ear = await Bus.connect(nats_server.url_for("router"), "router")
    revocations = Revocations()
    section = RevocationSection(subject="mt.v1.users.session.revoked")
    following = follow_revocations(ear, revocations, section)
    async with running(users_app.create_app(settings(nats_server.url_for("users")))) as app:
        users, name = Subgraph(app), unique("ended")
        first = await users.sign_up(name)

        async def log_in() -> Viewer:
            given = {"username": name, "password": PASSWORD}
            return viewer_of((await users.data(LOG_IN, input=given))["logIn"]["accessToken"])

        second, third = await log_in(), await log_in()
        await users.data(LOG_OUT, second)
        await eventually(lambda: revocations.is_revoked(second))
        assert not revocations.is_revoked(first)
        assert not revocations.is_revoked(third)
        await users.data(LOG_OUT, third, all=True)
        await eventually(lambda: revocations.is_revoked(first) and revocations.is_revoked(third))
        assert not revocations.is_revoked(await log_in())
    await following.stop()
    await ear.close()


async def test_all_else_needs_the_routers_signature(settings, nats_server):
    app = users_app.create_app(settings(nats_server.url_for("users")))
    async with running(app):
        for path in ("/", "/graphql", "/.well-known/other"):
            assert (await http_get(app, path)).status_code == 401
        assert (await http_get(app, "/health")).status_code == 200
        assert (await http_get(app, "/metrics")).status_code == 200
        foreign = Subgraph(app, secret="another secret of thirty-two characters")
        assert (await foreign.send("{ __typename }")).status_code == 401


UNSIGNED = {"user-agent": "the router's own client", "x-forwarded-for": "192.0.2.66"}
REFRESH = """
mutation ($token: String!) { refresh(refreshToken: $token) { ... on AuthTokens { accessToken } } }
"""
LOG_IN = """
mutation ($input: LogInInput!) { logIn(input: $input) { ... on AuthTokens { accessToken } } }
"""


async def sessions_seen(subgraph: Subgraph, viewer: Viewer) -> list[tuple[str, str]]:
    found = await subgraph.data("{ viewer { sessions { userAgent ip } } }", viewer)
    return [(one["userAgent"], one["ip"]) for one in found["viewer"]["sessions"]]


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (Client("192.0.2.1", "Firefox"), ("Firefox", "192.0.2.1")),
        (None, (None, None)),
        (Client("2001:db8::1", "nul\x00" + "x" * 5000), ("nul" + "x" * 253, "2001:db8::1")),
    ],
)
async def test_a_session_shows_the_client_that_the_router_signed(subgraph, client, expected):
    name = f"client_{uuid.uuid4().hex[:8]}"
    account = {"username": name, "email": f"{name}@a.org", "password": "long enough"}
    response = await subgraph.send(SIGN_UP, {"input": account}, client=client, headers=UNSIGNED)
    viewer = viewer_of(response.json()["data"]["signUp"]["accessToken"])
    assert await sessions_seen(subgraph, viewer) == [expected]


async def test_log_in_and_refresh_show_their_clients_too(subgraph, clock):
    name = f"client_{uuid.uuid4().hex[:8]}"
    account = {"username": name, "email": f"{name}@a.org", "password": "long enough"}
    first = Client("192.0.2.1", "Firefox")
    answer = (await subgraph.send(SIGN_UP, {"input": account}, client=first)).json()["data"]
    viewer = viewer_of(answer["signUp"]["accessToken"])
    again = {"username": name, "password": "long enough"}
    await subgraph.send(
        LOG_IN, {"input": again}, client=Client("192.0.2.2", "Safari"), headers=UNSIGNED
    )
    seen = [("Safari", "192.0.2.2"), ("Firefox", "192.0.2.1")]
    assert await sessions_seen(subgraph, viewer) == seen
    clock.turn(seconds=1)
    token = {"token": answer["signUp"]["refreshToken"]}
    moved = Client("198.51.100.7", "Firefox 2")
    await subgraph.send(REFRESH, token, client=moved, headers=UNSIGNED)
    seen = [("Firefox 2", "198.51.100.7"), ("Safari", "192.0.2.2")]
    assert await sessions_seen(subgraph, viewer) == seen


@pytest.mark.parametrize("content", [None, b"", b"no PEM"])
def test_a_key_that_cannot_be_read_is_told_in_one_line(settings, tmp_path, content):
    path = tmp_path / "other.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(users_app.KeyUnusable) as refused:
        users_app.create_app(
            settings("nats://127.0.0.1:1").model_copy(update={"token_key_file": path})
        )
    assert str(refused.value).startswith("MT_TOKEN_KEY_FILE ")
