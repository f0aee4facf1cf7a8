from __future__ import annotations

import os
import tempfile
from pathlib import Path

import nats
import pytest
from nats.js.api import StreamConfig
from neo4j import AsyncGraphDatabase
from redis.asyncio import Redis

from stack.record import RunRecord
from stack.roles import connect
from tests.servers import PREFIX, Servers, remove_folders_of_killed_runs


async def test_redis_answers_with_its_password(redis_server):
    client = Redis.from_url(redis_server.url)
    assert await client.ping()
    await client.aclose()


async def test_neo4j_answers_a_query(neo4j_server):
    async with AsyncGraphDatabase.driver(neo4j_server.url, auth=neo4j_server.auth) as driver:
        records, _, _ = await driver.execute_query("RETURN 1 AS one")
    assert records[0]["one"] == 1


async def test_killed_servers_start_again_with_their_data(own_nats_server, own_postgres_server):
    admin = own_postgres_server.server.admin_url
    async with connect(admin) as connection:
        await connection.execute("CREATE TABLE kept (one int); INSERT INTO kept VALUES (1)")
    stream = StreamConfig(name="MT", subjects=["mt.v1.>"])
    client = await nats.connect(own_nats_server.server.url)
    await client.jetstream().add_stream(stream)
    await client.close()
    for server in (own_postgres_server, own_nats_server):
        server.kill()
        server.start()
    async with connect(admin) as connection:
        assert await connection.fetchval("SELECT one FROM kept") == 1
    client = await nats.connect(own_nats_server.server.url)
    assert (await client.jetstream().stream_info("MT")).config.subjects == ["mt.v1.>"]
    await client.close()


def test_what_a_killed_test_run_left_is_removed_and_what_others_use_is_not(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, used, foreign = (tmp_path / f"{PREFIX}{name}" for name in ("left", "used", "foreign"))
    for folder in (left, used, foreign):
        folder.mkdir()
    RunRecord(used).note("supervisor", os.getpid())
    (left / "run.json").write_text('{"processes": {}}')
    remove_folders_of_killed_runs()
    assert [folder.exists() for folder in (left, used, foreign)] == [False, True, True]
    assert servers.folder.exists()
