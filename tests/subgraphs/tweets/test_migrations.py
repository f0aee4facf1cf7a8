"""A database that was filled before threads were numbered: nothing is lost, and threads begin."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import text

from chassis.envelope import uuid7
from chassis.postgres import Database, run_migrations
from subgraphs.tweets.__main__ import MIGRATIONS
from subgraphs.tweets.service import liking, posting, reading
from subgraphs.tweets.store import threads

ANN, BOB = uuid7(), uuid7()
ROOT, REPLY = uuid7(), uuid7()

FILL = """
    INSERT INTO tweets (id, author_id, text, search, created_at, reply_to_id, reply_to_author_id,
                        root_id, like_count, reply_count, version)
    VALUES (:root, :ann, 'root', to_tsvector('simple', 'root'), now(), NULL, NULL, :root, 1, 1, 2),
           (:reply, :bob, 'reply', to_tsvector('simple', 'reply'), now(), :root, :ann, :root,
            0, 0, 1);
    INSERT INTO likes (tweet_id, user_id, id, created_at)
    VALUES (:root, :bob, gen_random_uuid(), now());
    INSERT INTO postkeys (author_id, key, tweet_id, digest) VALUES (:ann, 'k', :root, 'digest');
    INSERT INTO authorcards (user_id, username, display_name, avatar, version)
    VALUES (:ann, 'ann', 'Ann', NULL, 3);
    INSERT INTO inbox (consumer, event_id) VALUES ('tweets_author_cards', gen_random_uuid())
"""
IDS = {"root": ROOT, "reply": REPLY, "ann": ANN, "bob": BOB}
ROWS = """
    SELECT tweets::text FROM tweets
    UNION ALL SELECT likes::text FROM likes
    UNION ALL SELECT postkeys::text FROM postkeys
    UNION ALL SELECT authorcards::text FROM authorcards
    UNION ALL SELECT consumer || event_id::text FROM inbox
    ORDER BY 1
"""


async def rows(database: Database) -> list[str]:
    async with database.session() as session:
        return list(await session.scalars(text(ROWS)))


async def test_what_was_there_before_threads_were_numbered_stays(
    service_database: Callable[[str], str], tmp_path: Path
):
    first = tmp_path / "migrations" / "versions"
    first.mkdir(parents=True)
    shutil.copy(MIGRATIONS / "versions" / "0001_tweets_likes_and_cards.py", first)
    url = service_database("tweets")
    await run_migrations(url, first.parent)
    database = Database.connect(url)
    try:
        async with database.transaction() as session:
            for statement in map(text, FILL.split(";")):
                names = statement.compile().params
                await session.execute(statement, {name: IDS[name] for name in names})
        before = await rows(database)
        assert len(before) == 6
        await run_migrations(url, MIGRATIONS)
        assert await rows(database) == before
        await goes_on(database)
    finally:
        await database.dispose()


async def goes_on(database: Database) -> None:
    """Old tweets are liked, answered and deleted; what comes now is numbered from 1."""
    assert (await liking.like(database, ANN, ROOT)).like_count == 2
    new = posting.new_tweet(BOB, "late", REPLY, "late")
    late = await posting.post(database, new)
    assert late.root_id == ROOT
    await posting.delete(database, BOB, REPLY)
    async with database.session() as session:
        assert await threads.position(session, ROOT) == (ROOT, 2)
        changes = await threads.changes_after(session, ROOT, 0, limit=10)
    assert [(change.number, change.reply, change.deleted) for change in changes] == [
        (1, late, None),
        (2, None, REPLY),
    ]
    await posting.delete(database, ANN, ROOT)
    async with database.session() as session:
        assert await threads.changes_after(session, ROOT, 0, limit=10) == []
    assert set(await reading.tweets(database, [ROOT, REPLY, late.id])) == {late.id}
