"""The service as it is run: its gate, its commands, its life, its traces."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis import telemetry
from chassis.envelope import uuid7
from chassis.postgres import run_migrations
from stack.ports import free_port
from subgraphs.timeline.__main__ import main
from subgraphs.timeline.app import MIGRATIONS, create_app
from subgraphs.timeline.model.values import Added
from subgraphs.timeline.schema import SCHEMA
from subgraphs.timeline.service import live
from subgraphs.timeline.settings import TimelineSettings
from tests.subgraphs.timeline.asking import asking, signed, until
from tests.subgraphs.timeline.serving import Service, serving
from tests.subgraphs.timeline.truth import World

ROOT = Path(__file__).resolve().parents[3]


async def test_only_the_router_is_answered(settings: TimelineSettings):
    body = json.dumps({"query": "{ __typename }"}).encode()
    headers = signed(body, uuid7())
    async with asking(create_app(settings, consume=False)) as asker:
        good = await asker.http.post("/graphql", content=body, headers=headers)
        assert good.status_code == 200
        for content, sent in [
            (body, {"content-type": "application/json"}),
            (body + b" ", headers),
            (body, headers | {"x-mt-signature": "t=1,v1=00"}),
        ]:
            answer = await asker.http.post("/graphql", content=content, headers=sent)
            assert answer.status_code == 401


async def test_the_playground_answers_everybody_as_nobody(settings: TimelineSettings):
    async with asking(create_app(settings, playground=True, consume=False)) as asker:
        answer = await asker.http.post("/graphql", json={"query": "{ viewer { id } }"})
    assert answer.json() == {"data": {"viewer": None}}


async def test_a_database_that_is_away_is_unavailable(settings: TimelineSettings):
    url = f"postgresql+asyncpg://x:y@127.0.0.1:{free_port()}/z"
    away = settings.model_copy(update={"database_url": url})
    async with asking(create_app(away, consume=False)) as asker:
        assert (await asker.http.get("/ready")).status_code == 503
        assert (await asker.http.get("/health")).status_code == 200
        answer = await asker.ask("{ viewer { homeTimeline { state } } }", uuid7())
    assert answer["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}


async def test_it_starts_without_nats(settings: TimelineSettings, world: World):
    url = f"nats://x:y@127.0.0.1:{free_port()}"
    away = settings.model_copy(update={"nats_url": url})
    me = uuid7()
    async with serving(away) as service:
        await service.take(world.post(me)[1])
        assert await service.whole(me) == world.home(me)
    async with asking(create_app(away)) as asker:
        assert (await asker.http.get("/ready")).status_code == 200
        assert (await asker.home(me))["state"] == "DEGRADED"


async def test_migrating_twice_at_once_is_migrating_once(database_url: str):
    await asyncio.gather(*(run_migrations(database_url, MIGRATIONS) for _ in range(2)))


def test_schema_is_printed_without_settings(capsys: pytest.CaptureFixture[str]):
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == SCHEMA.as_str() + "\n"


def test_missing_settings_are_all_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    for name in [name for name in os.environ if name.startswith("MT_")]:
        monkeypatch.delenv(name)
    assert main(["migrate"]) == 1
    said = capsys.readouterr().err
    for name in ("DATABASE_URL", "REDIS_URL", "NATS_URL", "ROUTER_SECRET", "CURSOR_SECRET"):
        assert f"MT_{name}" in said


async def test_serve_answers_until_sigterm(settings: TimelineSettings, tmp_path: Path):
    given = {f"MT_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    given |= {"PATH": os.environ["PATH"], "MT_PORT": str(free_port())}
    log = tmp_path / "log"
    command = [sys.executable, "-m", "subgraphs.timeline", "serve"]
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=given, stdout=output, stderr=output
        )
    body = b'{"query": "{ viewer { homeTimeline { edges { cursor } } } }"}'
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{given['MT_PORT']}") as http:

        async def ready() -> bool:
            assert process.returncode is None, log.read_text()
            try:
                return (await http.get("/ready")).status_code == 200
            except httpx.TransportError:
                return False

        try:
            await until(ready)
            answer = await http.post("/graphql", content=body, headers=signed(body, uuid7()))
            assert answer.json() == {"data": {"viewer": {"homeTimeline": {"edges": []}}}}
        finally:
            process.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(process.wait(), 60)
    assert code in (0, -signal.SIGTERM), log.read_text()
    assert "Traceback" not in log.read_text()


async def test_a_trace_leads_from_the_event_to_the_frame(
    service: Service, world: World, tmp_path: Path
):
    path = tmp_path / "spans.jsonl"
    me = uuid7()
    home = await service.ready(me)
    telemetry.configure("timeline", traces=f"file:{path}")
    try:
        with telemetry.span("the mutation"):
            _, event = world.post(me)
        with telemetry.attach(event.traceparent):
            await service.take(event)
        change = await anext(live.changes(service.resources, me, home.resume))
    finally:
        telemetry.configure("timeline", traces="off")
    spans: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    trace = next(span["trace_id"] for span in spans if span["name"] == "the mutation")
    ours = {span["name"] for span in spans if span["trace_id"] == trace}
    assert {"Arriving.tweet", "Effects._spread", "redis add", "live added"} < ours
    # The router goes on with it where the frame is made whole.
    assert isinstance(change, Added)
    assert change.traceparent is not None
    assert trace in change.traceparent
