"""What users and tweets export is what the other services rebuild from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from chassis.envelope import uuid7
from chassis.neo4j import Graph
from chassis.postgres import Database, run_migrations
from stack.neo4j import Neo4j, url_for
from subgraphs.social.service import rebuilding as social
from subgraphs.social.store.migrations import migrate
from subgraphs.timeline.service import truth as timeline
from subgraphs.tweets.__main__ import MIGRATIONS as TWEETS
from subgraphs.tweets.model.values import AuthorCard, Tweet
from subgraphs.tweets.service import exporting as tweets
from subgraphs.tweets.service import posting, rebuilding
from subgraphs.tweets.store.cards import cards_by_user
from subgraphs.users.app import MIGRATIONS as USERS
from subgraphs.users.model.values import NewUser
from subgraphs.users.service import exporting as users
from subgraphs.users.store import accounts

ANN, BOB = uuid7(), uuid7()


async def migrated(url: str, migrations: Path) -> Database:
    await asyncio.to_thread(asyncio.run, run_migrations(url, migrations))
    return Database.connect(url)


@pytest.fixture
async def tweets_database(service_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await migrated(service_database("tweets"), TWEETS)
    yield database
    await database.dispose()


@pytest.fixture
async def users_file(service_database: Callable[[str], str], tmp_path: Path) -> Path:
    database = await migrated(service_database("users"), USERS)
    async with database.transaction() as session:
        for user_id, name in ((ANN, "ann"), (BOB, "bob")):
            await accounts.insert_user(session, new_user(user_id, name))
    path = tmp_path / "users.jsonl"
    assert await users.export(database, path) == 2
    await database.dispose()
    return path


def new_user(id: UUID, name: str) -> NewUser:
    return NewUser(id, name, f"{name}@example.org", "!", name.title(), datetime.now(UTC))


async def post(database: Database, to: UUID | None = None) -> Tweet:
    return await posting.post(database, posting.new_tweet(ANN, "text", to, str(uuid7())))


async def test_tweets_takes_author_cards_from_users(tweets_database: Database, users_file: Path):
    assert (await rebuilding.rebuild(tweets_database, users_file)).cards == 2
    async with tweets_database.session() as session:
        found = await cards_by_user(session, [ANN, BOB])
    assert found == {
        ANN: AuthorCard(ANN, "ann", "Ann", None, 1),
        BOB: AuthorCard(BOB, "bob", "Bob", None, 1),
    }


async def test_timeline_reads_tweets_and_users(
    tweets_database: Database, users_file: Path, tmp_path: Path
):
    root = await post(tweets_database)
    reply = await post(tweets_database, root.id)
    path = tmp_path / "tweets.jsonl"
    await tweets.export(tweets_database, path)
    assert timeline.read_export(users_file).count == 2
    found = timeline.read_export(path)
    milliseconds = [round(tweet.created_at.timestamp() * 1000) for tweet in (root, reply)]
    assert found.tweets == [
        (root.id, ANN, None, None, root.id, milliseconds[0], 1),
        (reply.id, ANN, root.id, ANN, root.id, milliseconds[1], 1),
    ]


@pytest.mark.timeout(240)
async def test_social_takes_people_and_last_posts(
    tweets_database: Database, users_file: Path, tmp_path: Path, neo4j_server: Neo4j
):
    last = await post(tweets_database)
    path = tmp_path / "tweets.jsonl"
    await tweets.export(tweets_database, path)
    graph = Graph.connect(url_for(neo4j_server.port, neo4j_server.password))
    try:
        await migrate(graph)
        await graph.driver.execute_query("MATCH (n) WHERE NOT n:Migration DETACH DELETE n")
        assert await social.rebuild(graph, users_file, path) == 2
        rows = await graph.read("MATCH (u:User) RETURN u {.*} AS u ORDER BY u.username")
    finally:
        await graph.close()
    assert [row["u"]["username"] for row in rows] == ["ann", "bob"]
    assert round(last.created_at.timestamp() * 1000) in rows[0]["u"].values()
