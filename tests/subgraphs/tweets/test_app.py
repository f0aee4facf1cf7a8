"""The service as it is run: its gate, its commands, its life, its traces."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from chassis import telemetry
from chassis.envelope import uuid7
from chassis.postgres import Database, run_migrations
from stack.ports import free_port
from subgraphs.tweets.__main__ import MIGRATIONS, main
from subgraphs.tweets.app import create_app
from subgraphs.tweets.schema import SCHEMA
from subgraphs.tweets.settings import TweetsSettings
from tests.subgraphs.tweets.asking import Asker, lifespan, signed
from tests.subgraphs.tweets.waiting import until

ROOT = Path(__file__).resolve().parents[3]
QUERIES = [
    "{ __typename }",
    "{ _service { sdl } }",
    '{ _entities(representations: [{__typename: "Tweet", id: "x"}]) { __typename } }',
]


@pytest.mark.parametrize("query", QUERIES)
async def test_only_the_router_is_answered(asker: Asker, query: str):
    body = json.dumps({"query": query}).encode()
    headers = signed(body, uuid7())
    good = await asker.http.post("/graphql", content=body, headers=headers)
    assert good.status_code == 200
    plain = {"content-type": "application/json"}
    for content, sent in [
        (body, plain),
        (body + b" ", headers),
        (body, headers | {"x-mt-claims": headers["x-mt-claims"][:-2] + "AA"}),
        (body, headers | {"x-mt-signature": "t=1,v1=00"}),
    ]:
        answer = await asker.http.post("/graphql", content=content, headers=sent)
        assert answer.status_code == 401, answer.text


async def test_a_body_of_10_mb_is_refused(asker: Asker):
    body = json.dumps({"query": "{ __typename }", "text": "x" * 10_000_000}).encode()
    answer = await asker.http.post("/graphql", content=body, headers=signed(body, None))
    assert answer.status_code == 413


async def test_the_playground_answers_everybody_as_nobody(settings: TweetsSettings):
    app = create_app(settings, playground=True, consume=False)
    async with lifespan(app):
        answer = await Asker(app).http.post("/graphql", json={"query": "{ viewer { id } }"})
    assert answer.json() == {"data": {"viewer": None}}


async def test_what_is_unexpected_stays_in_the_log(asker: Asker, database: Database):
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE likes RENAME TO elsewhere")
    try:
        made = await asker.posted(uuid7(), "hello")
        with structlog.testing.capture_logs() as log:
            answer = await asker.ask(
                f'{{ tweet(id: "{made}") {{ likers {{ edges {{ cursor }} }} }} }}'
            )
    finally:
        async with database.engine.begin() as connection:
            await connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO likes")
    assert "resolver_failed" in {line["event"] for line in log}
    [error] = answer["errors"]
    assert error["message"] == "Something went wrong here."
    assert error["extensions"] == {"code": "INTERNAL"}


async def test_a_database_that_is_away_is_unavailable(settings: TweetsSettings):
    away = settings.model_copy(
        update={"database_url": f"postgresql+asyncpg://x:y@127.0.0.1:{free_port()}/z"}
    )
    app = create_app(away, consume=False)
    async with lifespan(app):
        asker = Asker(app)
        assert (await asker.http.get("/ready")).status_code == 503
        assert (await asker.http.get("/health")).status_code == 200
        answer = await asker.ask('{ tweet(id: "T_AaIL1DLucg-ONXwbTRJATg") { text } }')
    assert answer["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}


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
    for name in ("MT_DATABASE_URL", "MT_NATS_URL", "MT_ROUTER_SECRET", "MT_CURSOR_SECRET"):
        assert name in said


def environment(settings: TweetsSettings) -> dict[str, str]:
    given = {f"MT_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    return given | {"PATH": os.environ["PATH"], "MT_PORT": str(free_port())}


async def command(settings: TweetsSettings, *words: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "subgraphs.tweets", *words],
        cwd=ROOT,
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )


async def test_export_and_rebuild_are_commands(settings: TweetsSettings, tmp_path: Path):
    users, tweets = tmp_path / "users.jsonl", tmp_path / "tweets.jsonl"
    users.write_text('{"kind": "export", "service": "users", "atMs": 1}\n')
    done = await command(settings, "export", str(tweets))
    assert (done.returncode, done.stdout) == (0, "tweets: 0 tweets\n"), done.stderr
    done = await command(settings, "rebuild", str(users))
    said = "tweets: 0 author cards, 0 wrong counters mended\n"
    assert (done.returncode, done.stdout) == (0, said), done.stderr
    done = await command(settings, "rebuild", str(tweets))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr


async def test_load_names_the_bad_line(settings: TweetsSettings, tmp_path: Path):
    world = tmp_path / "likes.jsonl"
    world.write_text('{"userId": "x"}\n')
    done = await command(settings, "load", str(world), str(tmp_path / "none"))
    assert done.returncode == 1
    assert done.stderr == "likes.jsonl, line 1: userId: badly formed hexadecimal UUID string\n"


async def test_serve_answers_until_sigterm(settings: TweetsSettings, tmp_path: Path):
    given = environment(settings)
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "subgraphs.tweets",
            "serve",
            cwd=ROOT,
            env=given,
            stdout=output,
            stderr=output,
        )
    url = f"http://127.0.0.1:{given['MT_PORT']}"
    body = b'{"query": "{ searchTweets(query: \\"word\\") { estimatedCount } }"}'

    async with httpx.AsyncClient(base_url=url) as http:

        async def ready() -> bool:
            assert process.returncode is None, log.read_text()
            try:
                return (await http.get("/ready")).status_code == 200
            except httpx.TransportError:
                return False

        try:
            await until(ready, seconds=60)
            answer = await http.post("/graphql", content=body, headers=signed(body, None))
            assert answer.json() == {"data": {"searchTweets": {"estimatedCount": 0}}}
            assert "http_request_seconds" in (await http.get("/metrics")).text
        finally:
            process.send_signal(signal.SIGTERM)
            code = await asyncio.wait_for(process.wait(), 20)
    assert code in (0, -signal.SIGTERM), log.read_text()


def spans(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_a_trace_leads_from_the_post_to_its_event(settings: TweetsSettings, tmp_path: Path):
    path = tmp_path / "spans.jsonl"
    telemetry.configure("tweets", traces=f"file:{path}")
    try:
        app = create_app(settings, consume=False)
        async with lifespan(app):
            await Asker(app).posted(uuid7(), "traced")

            async def published() -> bool:
                names = {span["name"] for span in spans(path)}
                return "publish tweets.tweet.posted" in names

            await until(published)
    finally:
        telemetry.configure("tweets", traces="off")
    found = spans(path)
    trace = next(span["trace_id"] for span in found if span["name"] == "POST /graphql")
    ours = sorted((span for span in found if span["trace_id"] == trace), key=lambda s: s["start"])
    places = [
        (span["attributes"]["code.file.path"], span["attributes"]["code.function.name"])
        for span in ours
        if "code.file.path" in span["attributes"]
    ]
    store = "subgraphs/tweets/store/writing.py", "subgraphs.tweets.store.writing."
    assert [place for place in places if place[0].startswith("subgraphs")] == [
        ("subgraphs/tweets/service/posting.py", "subgraphs.tweets.service.posting.post"),
        (store[0], store[1] + "claim_key"),
        (store[0], store[1] + "insert_tweet"),
    ]
    assert ours[-1]["name"] == "publish tweets.tweet.posted"
