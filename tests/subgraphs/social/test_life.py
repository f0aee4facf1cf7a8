"""The service as a process: before Neo4j, through a restart of it, and to its own end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chassis.neo4j import Graph
from stack.nats import Nats
from stack.neo4j import Neo4j, url_for
from stack.ports import free_port
from subgraphs.social.app import migrate
from subgraphs.social.settings import SocialSettings
from tests.servers import RunningServer, Servers
from tests.subgraphs.social.asking import Users, settings_for
from tests.subgraphs.social.process import SECONDS, SocialProcess
from tests.subgraphs.social.waiting import until

pytestmark = pytest.mark.timeout(300)

_UNSENT = "MATCH (o:Unsent) RETURN count(o) AS n"


@pytest.fixture
def own_neo4j(servers: Servers, neo4j_server: Neo4j) -> Iterator[RunningServer]:
    """A Neo4j of the test's own, not started yet."""
    server = replace(neo4j_server, data=servers.new_folder("neo4j"), port=free_port())
    running = RunningServer(servers, server)
    yield running
    if running.running:
        running.kill()
    server.remove()


@pytest.fixture
def own_settings(own_neo4j: RunningServer, nats_server: Nats) -> SocialSettings:
    server = own_neo4j.server
    assert isinstance(server, Neo4j)
    return settings_for(url_for(server.port, server.password), nats_server.url_for("social"))


@pytest.fixture
async def process(own_settings: SocialSettings, tmp_path: Path) -> AsyncIterator[SocialProcess]:
    process = SocialProcess(own_settings, tmp_path / "log")
    await process.start()
    yield process
    await process.kill()


async def test_it_waits_for_neo4j_goes_on_after_its_restart_and_ends_when_told(
    process: SocialProcess, own_settings: SocialSettings, own_neo4j: RunningServer, users: Users
):
    ann, bob, cy = users.sign_up(3)
    await process.not_ready()
    migrating = asyncio.create_task(migrate(own_settings))
    await asyncio.to_thread(own_neo4j.start)
    await migrating
    await process.ready()
    await until(lambda: process.asker.follows(ann, bob), SECONDS)

    await asyncio.to_thread(own_neo4j.kill)
    away = await process.asker.users([bob], "followerCount")
    assert away["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
    await process.not_ready()
    await asyncio.to_thread(own_neo4j.start)
    await process.ready()
    await until(lambda: process.asker.follows(ann, cy), SECONDS)
    assert await process.asker.user(ann, "followingCount") == {"followingCount": 2}

    graph = Graph.connect(own_settings.neo4j_url)
    try:
        await until(lambda: _nothing_unsent(graph), SECONDS)
        await _ends_with_what_is_in_flight(process, graph, users)
    finally:
        await graph.close()


async def _nothing_unsent(graph: Graph) -> bool:
    [found] = await graph.read(_UNSENT)
    return found["n"] == 0


async def _ends_with_what_is_in_flight(process: SocialProcess, graph: Graph, users: Users) -> None:
    """A follow that waits for a lock when SIGTERM comes is answered all the same."""
    ann, bob = users.sign_up(2)
    await until(lambda: process.asker.follows(bob, ann), SECONDS)
    async with graph.session() as session, await session.begin_transaction() as lock:
        await (await lock.run("MATCH (u:User {id: $id}) SET u.held = 1", id=str(ann))).consume()
        asking = asyncio.create_task(process.asker.follow(ann, bob))
        await until(lambda: _waits(graph), SECONDS)
        process.terminate()
        await process.not_ready()
        await lock.commit()
    assert (await asking)["relationship"]["followedBy"]
    assert await process.ended() in (0, -15), process.log.read_text()
    # The right to relay was given back, for whoever comes next.
    assert await graph.read("MATCH (l:OutboxLease) RETURN l") == []


async def _waits(graph: Graph) -> bool:
    rows = await graph.read("SHOW TRANSACTIONS YIELD currentQuery, status")
    return any(
        row["status"].startswith("Blocked") and "touchedMs" in row["currentQuery"] for row in rows
    )
