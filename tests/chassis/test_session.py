"""One session's work is found by one field: in requests, events and what consumers do of them."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from chassis.bus import Bus, ConsumerOptions
from chassis.envelope import Envelope
from chassis.identity import Viewer, sign_claims
from chassis.server import service_app
from chassis.telemetry import current_session, in_session, session_scope
from chassis.telemetry.session import write_session
from tests.chassis.eventually import eventually

SECRET = b"s" * 32
NewEvent = Callable[..., Envelope]


def test_a_scope_ends_with_what_was_before():
    with session_scope("outer"):
        with session_scope():
            assert current_session() is None
            in_session("inner")
            assert current_session() == "inner"
        assert current_session() == "outer"
    assert current_session() is None


async def test_what_a_task_finds_out_the_work_around_it_knows():
    async def find_out() -> None:
        in_session("found")

    with session_scope():
        other = asyncio.create_task(find_out_beside())
        await asyncio.create_task(find_out())
        assert current_session() == "found"
        assert await other is None
    assert current_session() is None


async def find_out_beside() -> str | None:
    with session_scope():
        await asyncio.sleep(0)
        return current_session()


def test_an_event_carries_the_session_of_its_change(event: NewEvent):
    session = str(uuid.uuid4())
    with session_scope(session):
        made = event()
    assert made.session == session
    assert Envelope.from_bytes(made.to_bytes()) == made
    assert event().session is None


@pytest.mark.parametrize("session", [1, "", "no id", {}, "\n"])
def test_a_session_that_is_no_id_is_left_out(event: NewEvent, session: object):
    fields = json.loads(event().to_bytes()) | {"session": session}
    assert Envelope.from_bytes(json.dumps(fields).encode()).session is None


async def test_what_a_consumer_does_is_done_in_the_events_session(
    bus: Bus, event: NewEvent, kind: str, durable: str
):
    seen: list[object] = []

    async def handle(_: Envelope) -> None:
        seen.append(current_session())

    await bus.consume(durable, [f"mt.v1.{kind}"], handle, ConsumerOptions(pull_seconds=0.5))
    session = str(uuid.uuid4())
    with session_scope(session):
        await bus.publish(event())
    await bus.publish(event())
    await eventually(lambda: len(seen) == 2)
    assert sorted(seen, key=str) == sorted([session, None], key=str)


async def test_each_requests_lines_carry_its_session_and_no_others():
    @asynccontextmanager
    async def nothing(_: Starlette) -> AsyncGenerator[None]:
        yield

    async def ready() -> None:
        return

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)
        structlog.get_logger().info("inside")
        await PlainTextResponse("done")(scope, receive, send)

    service = service_app("t", graphql=app, router_secret=SECRET, ready=ready, lifespan=nothing)

    async def ask(session: str) -> None:
        viewer = Viewer(str(uuid.uuid4()), session, frozenset(), 2**31)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(service)) as client:
            headers = sign_claims(SECRET, b"x", viewer)
            (await client.post("http://t/", content=b"x", headers=dict(headers))).raise_for_status()

    sessions = [str(uuid.uuid4()) for _ in range(5)]
    with capture_logs(processors=[write_session]) as lines:
        await asyncio.gather(*map(ask, sessions))
    for event in ("inside", "request"):
        found = [line.get("session_id") for line in lines if line["event"] == event]
        assert sorted(map(str, found)) == sorted(sessions)
    assert current_session() is None
