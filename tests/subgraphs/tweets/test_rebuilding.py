"""Export of the truth, and what is kept of others made anew from theirs, while everything runs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.envelope import uuid7
from chassis.postgres import Database
from subgraphs.tweets import events
from subgraphs.tweets.model.errors import WorldRefused
from subgraphs.tweets.model.values import AuthorCard, Tweet
from subgraphs.tweets.service import exporting, liking, posting, rebuilding
from subgraphs.tweets.store import cards, writing
from tests.subgraphs.tweets.waiting import until

ANN, BOB = uuid7(), uuid7()
HOUR_MS = 3_600_000


def id_at(ms: int, number: int = 0) -> UUID:
    """A UUIDv7 of that time."""
    return UUID(int=(ms << 80) | (7 << 76) | (2 << 62) | number)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def account(user: UUID, name: str, version: int = 2, **other: Any) -> dict[str, Any]:
    return {
        "kind": "account",
        "userId": str(user),
        "username": name,
        "displayName": name.title(),
        "avatar": None,
        "protected": False,
        "searchable": True,
        "version": version,
        "createdMs": 1,
        **other,
    }


def write(path: Path, *lines: Mapping[str, Any] | str, at_ms: int | None = None) -> Path:
    head = {"kind": "export", "service": "users", "atMs": now_ms() if at_ms is None else at_ms}
    texts = (line if isinstance(line, str) else json.dumps(line) for line in (head, *lines))
    path.write_text("\n".join(texts) + "\n")
    return path


def card(user: UUID, name: str, version: int) -> AuthorCard:
    return AuthorCard(user, name, name.title(), None, version)


async def store(database: Database, *given: AuthorCard) -> None:
    async with database.transaction() as session:
        await cards.store_cards(session, given)


async def stored(database: Database) -> dict[UUID, AuthorCard]:
    async with database.session() as session:
        ids = await session.scalars(text("SELECT user_id FROM authorcards"))
        return dict(await cards.cards_by_user(session, ids.all()))


async def post(database: Database, author: UUID, *, to: UUID | None = None) -> Tweet:
    return await posting.post(database, posting.new_tweet(author, "text", to, str(uuid7())))


async def counters(database: Database) -> dict[UUID, tuple[int, int]]:
    async with database.session() as session:
        rows = await session.execute(text("SELECT id, like_count, reply_count FROM tweets"))
        return {row.id: (row.like_count, row.reply_count) for row in rows}


async def rows_counted(database: Database) -> dict[UUID, tuple[int, int]]:
    query = """
        SELECT id, (SELECT count(*) FROM likes WHERE tweet_id = tweets.id),
               (SELECT count(*) FROM tweets AS replies WHERE replies.reply_to_id = tweets.id)
        FROM tweets
    """
    async with database.session() as session:
        return {row[0]: (row[1], row[2]) for row in await session.execute(text(query))}


async def break_counters(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE tweets SET like_count = 77, reply_count = 88"))


async def test_an_export_is_what_the_events_told(database: Database, tmp_path: Path):
    root = await post(database, ANN)
    reply = await post(database, BOB, to=root.id)
    gone = await post(database, BOB)
    await liking.like(database, BOB, root.id)
    await posting.delete(database, BOB, gone.id)
    before = now_ms()
    path = tmp_path / "tweets.jsonl"
    assert await exporting.export(database, path) == 2
    head, *lines = map(json.loads, path.read_text().splitlines())
    assert before <= head.pop("atMs") <= now_ms()
    assert head == {"kind": "export", "service": "tweets"}
    assert lines == [
        {"kind": "tweet", **events.tweet_posted(tweet).data, "version": version}
        for tweet, version in ((root, 2), (reply, 1))
    ]


async def test_an_export_that_fails_leaves_the_one_before(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for _ in range(3):
        await post(database, ANN)
    path = tmp_path / "tweets.jsonl"
    await exporting.export(database, path)
    before = path.read_text()
    placed, told = events.placed, []

    def fails(tweet: Tweet) -> Any:
        told.append(tweet)
        if len(told) == 2:
            raise OSError("no space left")
        return placed(tweet)

    monkeypatch.setattr(events, "placed", fails)
    with pytest.raises(OSError, match="no space left"):
        await exporting.export(database, path)
    assert path.read_text() == before


async def test_cards_become_those_of_users(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """In parts of two, so that people are missing before, between, at the end of and after them."""
    monkeypatch.setattr(rebuilding, "AT_ONCE", 2)
    old = now_ms() - HOUR_MS
    lost, wrong, newer, absent, right = (id_at(old, n) for n in (20, 30, 40, 50, 60))
    strangers = [id_at(old, n) for n in (10, 35, 45, 70)]
    await store(
        database,
        card(wrong, "wrong", 2),
        card(newer, "newer", 9),
        card(right, "right", 2),
        *(card(user, "stranger", 1) for user in strangers),
    )
    path = write(
        tmp_path / "users.jsonl",
        *(account(user, "told") for user in (lost, wrong, newer, absent)),
        account(right, "right"),
    )
    assert (await rebuilding.rebuild(database, path)).cards == 5
    assert await stored(database) == {
        lost: card(lost, "told", 2),
        wrong: card(wrong, "told", 2),
        newer: card(newer, "newer", 9),
        absent: card(absent, "told", 2),
        right: card(right, "right", 2),
    }


async def test_who_signed_up_after_the_export_began_stays(database: Database, tmp_path: Path):
    began = now_ms()
    late, early = id_at(began + 1), id_at(began - HOUR_MS)
    await store(database, card(late, "late", 1), card(early, "early", 1))
    await rebuilding.rebuild(database, write(tmp_path / "users.jsonl", at_ms=began))
    assert set(await stored(database)) == {late}


FIRST, SECOND = id_at(HOUR_MS, 1), id_at(HOUR_MS, 2)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("{", "line 3: Expecting"),
        ("[]", "line 3: is not an object"),
        (account(FIRST, "again"), "line 3: userId: does not come after"),
        (account(SECOND, "x", version=-1), "line 3: version: is not a whole number"),
        (account(SECOND, "x", username=None), "line 3: username: is not text"),
        ({"kind": "account"}, "line 3: userId: is missing"),
        (account(SECOND, "x", userId="x"), "line 3: userId: badly formed"),
    ],
)
async def test_a_broken_line_is_named_and_nothing_is_changed(
    database: Database, tmp_path: Path, broken: Mapping[str, Any] | str, message: str
):
    await store(database, card(ANN, "ann", 1))
    path = write(tmp_path / "users.jsonl", account(FIRST, "first"), broken)
    with pytest.raises(WorldRefused) as caught:
        await rebuilding.rebuild(database, path)
    assert str(caught.value).startswith(f"users.jsonl, {message}")
    assert set(await stored(database)) == {ANN}


@pytest.mark.parametrize("first", ["", "{}", '{"kind": "export", "service": "social", "atMs": 1}'])
async def test_what_is_no_export_of_users_is_refused(
    database: Database, tmp_path: Path, first: str
):
    path = tmp_path / "users.jsonl"
    path.write_text(first)
    with pytest.raises(WorldRefused) as caught:
        await rebuilding.rebuild(database, path)
    assert str(caught.value) == (
        "users.jsonl, line 1: service: is not the beginning of an export of users"
    )


async def test_counters_become_those_of_the_rows_and_versions_stay(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rebuilding, "AT_ONCE", 2)
    root = await post(database, ANN)
    for author in (ANN, BOB):
        await post(database, author, to=root.id)
        await liking.like(database, author, root.id)
    right = await counters(database)
    assert right[root.id] == (2, 2)
    assert await rebuilding.recount(database) == 0
    await break_counters(database)
    assert await rebuilding.recount(database) == 3
    assert await counters(database) == right
    async with database.session() as session:
        query = text("SELECT version FROM tweets WHERE id = :id")
        assert await session.scalar(query, {"id": root.id}) == 3


async def test_a_like_that_is_under_way_is_waited_for(database: Database):
    """Counting rows and then waiting for the counter would lose the like between them."""
    tweet = await post(database, ANN)
    await break_counters(database)
    mark = uuid7()
    async with database.transaction() as session:
        await writing.lock_tweet(session, tweet.id, to="change")
        await writing.add_like(session, tweet.id, BOB, id=mark, at=tweet.created_at)
        mending = asyncio.create_task(rebuilding.recount(database))

        async def waits() -> bool:
            async with database.session() as watching:
                query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
                return bool(await watching.scalar(query))

        await until(waits)
    assert await mending == 1
    assert await counters(database) == {tweet.id: (1, 0)}


async def test_likes_and_replies_meanwhile_are_all_counted(database: Database):
    tweets = [await post(database, ANN) for _ in range(8)]

    async def live(tweet: Tweet) -> None:
        for _ in range(10):
            await liking.like(database, uuid7(), tweet.id)
            reply = await post(database, BOB, to=tweet.id)
            await posting.delete(database, BOB, reply.id)
            await post(database, BOB, to=tweet.id)
            await liking.unlike(database, BOB, tweet.id)
            await liking.like(database, BOB, tweet.id)

    living = asyncio.gather(*(live(tweet) for tweet in tweets))
    mended = 0
    while not living.done():
        await break_counters_of(database, tweets[0].id)
        mended += await rebuilding.recount(database)
    await living
    assert mended > 0
    assert await rebuilding.recount(database) == 0
    assert await counters(database) == await rows_counted(database)


async def break_counters_of(database: Database, id: UUID) -> None:
    """As a fault of long ago would have: by an amount, under the lock of the row."""
    query = text("UPDATE tweets SET like_count = like_count + 5 WHERE id = :id")
    async with database.transaction() as session:
        await session.execute(query, {"id": id})
