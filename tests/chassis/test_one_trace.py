"""From the client's request through service, SQL, event and consumer: one trace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from chassis import telemetry
from chassis.bus import Bus, ConsumerOptions
from chassis.envelope import Envelope
from chassis.outbox import Relay
from chassis.postgres import Database, PostgresOutbox, record
from chassis.server import service_app
from chassis.telemetry import traced
from tests.chassis.eventually import eventually

TRACE = "0123456789abcdef0123456789abcdef"
CALLER = "fedcba9876543210"


@pytest.fixture
def spans(tmp_path: Path) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    path = tmp_path / "spans.jsonl"
    telemetry.configure_traces("users", traces=f"file:{path}")
    yield lambda: [json.loads(line) for line in path.read_text().splitlines()]
    telemetry.configure_traces("users")


@asynccontextmanager
async def nothing(_: Starlette) -> AsyncGenerator[None]:
    yield


async def test_one_trace_id_from_request_to_consumer(
    spans: Callable[[], list[dict[str, Any]]],
    database_url: str,
    bus: Bus,
    event: Callable[..., Envelope],
    kind: str,
    durable: str,
):
    # After tracing began: what is connected before is not traced.
    database = Database.connect(database_url)

    @traced
    async def change() -> None:
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO effect VALUES ('1', 'a', 1)"))
            await record(session, event())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await change()
        await PlainTextResponse("changed")(scope, receive, send)

    handled: list[Envelope] = []

    @traced
    async def handle(one: Envelope) -> None:
        async with database.session() as session:
            await session.execute(text("SELECT 'handled'"))
        handled.append(one)

    service = service_app(
        "users", graphql=app, router_secret=None, ready=database.ping, lifespan=nothing
    )
    await bus.consume(durable, [f"mt.v1.{kind}"], handle, ConsumerOptions(pull_seconds=0.5))
    relay = asyncio.create_task(Relay(PostgresOutbox(database), bus).run())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(service), base_url="http://test"
    ) as client:
        await client.post("/graphql", headers={"traceparent": f"00-{TRACE}-{CALLER}-01"})
    await eventually(lambda: handled)
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    await database.dispose()

    assert handled[0].traceparent is not None
    assert handled[0].traceparent.split("-")[1] == TRACE
    ours = [one for one in spans() if one["trace_id"] == TRACE]
    by_id = {one["span_id"]: one for one in ours}

    def path_of(one: dict[str, Any]) -> list[str]:
        parent = by_id.get(one["parent_id"])
        return [*(path_of(parent) if parent else [one["parent_id"]]), one["name"]]

    paths = [path_of(one) for one in ours]
    (changing,) = [path for path in paths if path[-1].endswith("change")]
    (consuming,) = [path for path in paths if path[-1] == f"consume {kind}"]
    (handling,) = [path for path in paths if path[-1].endswith("handle")]
    statements = [path for path in paths if path[-1].startswith(("INSERT", "SELECT", "WITH"))]
    assert changing[:2] == [CALLER, "POST /graphql"]
    assert handling[:-1] == consuming
    # The change continues in what it set off: the relay's publish, and whoever consumes it.
    assert [*changing, f"publish {kind}"] in paths
    assert consuming[:-1] == changing
    # SQL stands under the code that runs it, on both sides.
    assert {tuple(path[:-1]) for path in statements} == {tuple(changing), tuple(handling)}
    assert any("INSERT INTO effect" in str(one["attributes"]) for one in ours)
