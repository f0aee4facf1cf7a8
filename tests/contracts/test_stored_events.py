"""Events as they were stored, handed to everyone who reads them: old events stay readable."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.bus import Bus
from chassis.envelope import PREFIX
from chassis.identity import Viewer
from chassis.neo4j import Graph
from chassis.postgres import Database, run_migrations
from stack.nats import Nats
from stack.neo4j import Neo4j, url_for
from stack.redis import Redis
from subgraphs.social import consumer as social
from subgraphs.social.service.people import People
from subgraphs.social.store.migrations import migrate
from subgraphs.timeline import consumer as timeline
from subgraphs.timeline.app import MIGRATIONS as TIMELINE
from subgraphs.timeline.app import opened
from subgraphs.tweets import consumer as tweets
from subgraphs.tweets.__main__ import MIGRATIONS as TWEETS
from subgraphs.tweets.model.values import AuthorCard
from subgraphs.tweets.service.authors import Authors
from subgraphs.tweets.store.cards import cards_by_user
from supergraph.serve.configuration import RevocationSection
from supergraph.serve.revocation import Revocations, follow_revocations
from tests.chassis.eventually import eventually
from tests.contracts.agreed import AGREED, SAMPLES, check, sample
from tests.subgraphs.timeline.serving import settings_for

REVOKED: Final = "users.session.revoked"
READ_BY: Final = {
    "tweets": tweets.SUBJECTS,
    "social": social.SUBJECTS,
    "timeline": [subject for subjects in timeline.SUBJECTS.values() for subject in subjects],
    "router": [PREFIX + REVOKED],
}
ANN: Final = UUID(str(sample("users.account.created.v1").data["userId"]))
BOB: Final = UUID(str(sample("social.follow.added.v1").data["actorId"]))


def read_by(reader: str) -> Sequence[str]:
    """The names of the samples of what a reader listens to, in the order in which they were told.

    Ids of events ascend.
    """
    types = {subject.removeprefix(PREFIX) for subject in READ_BY[reader]}
    names = [name for name in AGREED if name.rpartition(".v")[0] in types]
    assert {name.rpartition(".v")[0] for name in names} == types
    return sorted(names, key=lambda name: sample(name).id)


async def nobody(_subject: str, _question: bytes) -> bytes:
    return json.dumps({"cards": []}).encode()


def test_each_version_of_each_type_has_a_sample():
    assert sorted(path.name.removesuffix(".json") for path in SAMPLES.glob("*.json")) == AGREED


@pytest.mark.parametrize("name", AGREED)
def test_a_sample_is_as_agreed(name: str):
    event = sample(name)
    assert f"{event.type}.v{name.rpartition('.v')[2]}" == event.dataschema == name
    check(event)


async def test_tweets_reads_them(service_database: Callable[[str], str]):
    url = service_database("tweets")
    await asyncio.to_thread(asyncio.run, run_migrations(url, TWEETS))
    database = Database.connect(url)
    try:
        consumer = tweets.AuthorCardConsumer(Authors(database, nobody))
        for name in read_by("tweets"):
            await consumer.handle(sample(name))
        async with database.session() as session:
            found = await cards_by_user(session, [ANN])
        assert found == {ANN: AuthorCard(ANN, "ann", "Ann É", None, 2)}
    finally:
        await database.dispose()


@pytest.mark.timeout(240)
async def test_social_reads_them(neo4j_server: Neo4j):
    graph = Graph.connect(url_for(neo4j_server.port, neo4j_server.password))
    try:
        await migrate(graph)
        await graph.driver.execute_query("MATCH (n) WHERE NOT n:Migration DETACH DELETE n")

        async def ann(_subject: str, _question: bytes) -> bytes:
            card = {"userId": str(ANN), "username": "a", "displayName": "A", "version": 1}
            return json.dumps({"cards": [card]}).encode()

        consumer = social.PeopleConsumer(People(graph, ann))
        for name in read_by("social"):
            await consumer.handle(sample(name))
        [found] = await graph.read("MATCH (u:User {id: $id}) RETURN u {.*} AS u", {"id": str(ANN)})
        assert found["u"]["username"] == "ann"
        assert sample("tweets.tweet.posted.v1").data["createdMs"] in found["u"].values()
    finally:
        await graph.close()


async def test_timeline_reads_them(
    service_database: Callable[[str], str], nats_server: Nats, redis_server: Redis
):
    url = service_database("timeline")
    await asyncio.to_thread(asyncio.run, run_migrations(url, TIMELINE))
    settings = settings_for(url, nats_server.url_for("timeline"), redis_server.url)
    ends = {"tweets.tweet.deleted.v1", "social.follow.removed.v1"}
    async with opened(settings) as parts:
        database = parts.resources.database
        consumer = timeline.TimelineConsumer(parts.arriving)
        for name in read_by("timeline"):
            if name not in ends:
                await consumer.handle(sample(name))
        assert await known(database) == [(ANN, False), (BOB, True)]
        for name in ends:
            await consumer.handle(sample(name))
        assert await known(database) == [(ANN, True), (BOB, False)]


async def known(database: Database) -> list[tuple[UUID, bool]]:
    """Who wrote the tweet and whether it is gone; who follows and whether they still do."""
    query = "SELECT author_id, deleted FROM tweets UNION ALL SELECT actor_id, active FROM follows"
    async with database.session() as session:
        return [(row[0], row[1]) for row in await session.execute(text(query))]


async def test_the_router_reads_them(nats_server: Nats):
    event = sample(f"{REVOKED}.v1")
    session = str(event.data["sessionId"])
    ended = Viewer(str(ANN), session, frozenset(), 0)
    bus = await Bus.connect(nats_server.url, "test", wait_seconds=10)
    await bus.ensure_streams()
    revocations = Revocations()
    subject = PREFIX + REVOKED
    following = follow_revocations(bus, revocations, RevocationSection(subject=subject))
    try:
        assert not revocations.is_revoked(ended)
        # As it is stored, byte by byte.
        await bus.jetstream.publish(subject, (SAMPLES / f"{REVOKED}.v1.json").read_bytes())
        await eventually(lambda: revocations.is_revoked(ended))
        other = Viewer(str(ANN), str(BOB), frozenset(), 0)
        assert not revocations.is_revoked(other)
    finally:
        await following.stop()
        await bus.close()
