"""Queries and tables on a real Postgres: indexes used, versions kept, migrations as the models."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.envelope import uuid7
from chassis.postgres import Database
from subgraphs.tweets.model.values import (
    AuthorCard,
    Avatar,
    Position,
    ReplySort,
    SearchSort,
    UserTweetFilter,
    Window,
)
from subgraphs.tweets.store import cards, pages, reading, search
from subgraphs.tweets.store.tables import METADATA

ANN = uuid7()

# 10,000 tweets of 500 authors, every third a reply; 10,000 likes of 100 tweets.
WORLD = """
    INSERT INTO tweets (id, author_id, text, search, created_at, reply_to_id, root_id,
                        like_count, reply_count, version)
    SELECT tweet(n), author(n % 500), 'w' || n % 700, to_tsvector('simple', 'w' || n % 700 || ' w'),
           now(), CASE WHEN n % 3 = 0 THEN tweet(n % 100 + 1) END, tweet(n), 0, 0, 1
    FROM generate_series(1, 10000) AS n;
    INSERT INTO likes (tweet_id, user_id, id, created_at)
    SELECT tweet(n % 100 + 1), author(n % 499), tweet(n), now()
    FROM generate_series(1, 10000) AS n ON CONFLICT DO NOTHING;
"""
FUNCTIONS = """
    CREATE OR REPLACE FUNCTION tweet(n bigint) RETURNS uuid LANGUAGE sql AS
        $$ SELECT ('01920000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
    CREATE OR REPLACE FUNCTION author(n bigint) RETURNS uuid LANGUAGE sql AS
        $$ SELECT ('01910000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;
"""


def tweet(n: int) -> UUID:
    return UUID(f"01920000-0000-7000-8000-{n:012x}")


def author(n: int) -> UUID:
    return UUID(f"01910000-0000-7000-8000-{n:012x}")


@pytest.fixture
async def world(database: Database) -> Database:
    async with database.transaction() as session:
        for part in (*FUNCTIONS.split(";\n"), *WORLD.split(";\n")):
            if part.strip():
                await session.execute(text(part))
    async with database.session() as session:
        await session.execute(text("ANALYZE tweets"))
        await session.execute(text("ANALYZE likes"))
    return database


async def indexes_of(database: Database, run: Any) -> set[str]:
    """Run a store function and explain its statements: the indexes that their plans use.

    Fails where a plan reads a whole table.
    """
    sent: list[tuple[str, Any]] = []

    def remember(_c: object, _k: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", remember)
    try:
        async with database.transaction() as session:
            await run(session)
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", remember)
    used: set[str] = set()
    async with database.transaction() as session:
        for statement, parameters in sent:
            if not statement.lstrip().startswith("SELECT") or "querytree" in statement:
                continue
            connection = await session.connection()
            explained = await connection.exec_driver_sql(
                f"EXPLAIN (FORMAT JSON) {statement}", parameters
            )
            plan = explained.scalar_one()
            shown = plan if isinstance(plan, list) else json.loads(plan)
            used |= indexes_in(shown[0]["Plan"])
    return used


def indexes_in(plan: dict[str, Any]) -> set[str]:
    assert plan["Node Type"] != "Seq Scan", plan
    found = {plan["Index Name"]} if "Index Name" in plan else set[str]()
    return found.union(*(indexes_in(part) for part in plan.get("Plans", ())))


AFTER = Window(20, Position(tweet(9_000)))


@pytest.mark.parametrize("part", [Window(20), AFTER], ids=["first", "next"])
async def test_every_list_is_read_from_an_index_of_its_own(world: Database, part: Window):
    lists = [
        (pages.USER_TWEETS[UserTweetFilter.POSTS], author(7), {"tweets_posts_by_author"}),
        (pages.USER_TWEETS[UserTweetFilter.POSTS_AND_REPLIES], author(7), {"tweets_by_author"}),
        (pages.USER_TWEETS[UserTweetFilter.LIKES], author(7), {"likes_by_user", "tweets_pkey"}),
        (pages.REPLIES[ReplySort.NEWEST], tweet(7), {"tweets_replies"}),
        (pages.REPLIES[ReplySort.OLDEST], tweet(7), {"tweets_replies"}),
        (pages.LIKERS, tweet(7), {"likes_of_tweet"}),
    ]
    for listing, owner, wanted in lists:

        async def run(session: AsyncSession, listing: Any = listing, owner: UUID = owner) -> None:
            await pages.pages(session, listing, [owner], part)

        assert wanted <= await indexes_of(world, run)


@pytest.mark.parametrize("sort", SearchSort)
async def test_search_uses_the_word_index(world: Database, sort: SearchSort):
    async def run(session: AsyncSession) -> None:
        assert await search.prepare_search(session, "w17")
        page = await search.search_page(session, "w17", sort, Window(5))
        assert page.has_next
        after = page.items[-1].position
        assert (await search.search_page(session, "w17", sort, Window(5, after))).has_previous

    assert "tweets_search" in await indexes_of(world, run)


async def test_the_count_of_matches_is_exact_up_to_its_cap(world: Database):
    async with world.transaction() as session:
        assert await search.count_matches(session, "w17") == 15
        assert await search.count_matches(session, "w") == search.COUNTED_AT_MOST
    async with world.transaction() as session:
        await session.execute(text("DELETE FROM tweets WHERE id = tweet(5000)"))
    async with world.transaction() as session:
        assert await search.count_matches(session, "w") == search.COUNTED_AT_MOST - 1


async def test_counts_use_their_indexes(world: Database):
    async def run(session: AsyncSession) -> None:
        await reading.tweet_counts(session, [author(1), author(2)])
        await reading.likes_given(session, [author(1)])
        await reading.liked_by(session, author(1), [tweet(n) for n in range(20)])
        await reading.tweets_by_id(session, [tweet(n) for n in range(20)])

    used = await indexes_of(world, run)
    assert "tweets_by_author" in used


def card(name: str, version: int, avatar: Avatar | None = None) -> AuthorCard:
    return AuthorCard(ANN, name, name.title(), avatar, version)


async def stored(database: Database) -> AuthorCard:
    async with database.session() as session:
        return (await cards.cards_by_user(session, [ANN]))[ANN]


async def test_an_older_card_never_replaces_a_newer_one(database: Database):
    avatar = Avatar("k", "u", "t", "b")
    async with database.transaction() as session:
        await cards.store_cards(session, [card("two", 2, avatar), card("one", 1)])
    assert await stored(database) == card("two", 2, avatar)
    async with database.transaction() as session:
        await cards.store_cards(session, [card("one", 1)])
        await cards.store_name(session, card("again", 2))
    assert await stored(database) == card("two", 2, avatar)
    async with database.transaction() as session:
        await cards.store_name(session, card("three", 3))
    assert await stored(database) == card("three", 3, avatar)
    async with database.transaction() as session:
        await cards.store_cards(session, [card("four", 4)])
        await cards.store_cards(session, [])
    assert await stored(database) == card("four", 4)


async def test_migrations_make_the_tables_of_the_models(database: Database):
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection)
        return list(compare_metadata(context, METADATA))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
