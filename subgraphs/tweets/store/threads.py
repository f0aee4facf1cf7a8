"""The changes of a thread, numbered in the order in which they commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, not_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import inject, traced
from subgraphs.tweets.model.values import ThreadChange, Tweet
from subgraphs.tweets.store.reading import TWEET_COLUMNS, tweet_of
from subgraphs.tweets.store.tables import ThreadChanges, Threads, Tweets

# Of each thread; whoever lost more than that reads the thread anew.
KEPT: Final = 1_000

# One statement. The root's row is locked before the thread's, as its deletion does; where it is
# gone, nobody can follow the thread, and nothing is written.
_APPEND = text("""
    WITH root AS (
        SELECT id FROM tweets WHERE id = :root_id FOR KEY SHARE
    ), thread AS (
        INSERT INTO threads (root_id, changes) SELECT id, 1 FROM root
        ON CONFLICT (root_id) DO UPDATE SET changes = threads.changes + 1
        RETURNING changes
    ), forgotten AS (
        DELETE FROM threadchanges USING thread
        WHERE root_id = :root_id AND number <= thread.changes - :kept
    )
    INSERT INTO threadchanges (root_id, number, tweet_id, gone, traceparent)
    SELECT :root_id, changes, :tweet_id, :gone, :traceparent FROM thread
""")


@traced
async def append(session: AsyncSession, tweet: Tweet, *, gone: bool) -> None:
    """Say that `tweet`, a reply, came or went; the last thing that a transaction does.

    Its number comes after every one that can be read before this transaction commits, since the
    next change of this thread waits until then.
    """
    change = {
        "root_id": tweet.root_id,
        "tweet_id": tweet.id,
        "gone": gone,
        "kept": KEPT,
        "traceparent": inject().get("traceparent"),
    }
    await session.execute(_APPEND, change)


@traced
async def position(session: AsyncSession, root_id: UUID) -> tuple[UUID, int] | None:
    """Tell to which thread a tweet belongs, and how many changes that has seen.

    Returns:
        (root of the tweet's thread, changes of the thread that this tweet began); `None` for a
        tweet that does not exist.
    """
    found = await session.execute(
        select(col(Tweets.root_id), func.coalesce(col(Threads.changes), 0))
        .select_from(Tweets)
        .outerjoin(Threads, col(Threads.root_id) == col(Tweets.id))
        .where(col(Tweets.id) == root_id)
    )
    row = found.first()
    return None if row is None else (row[0], row[1])


@traced
async def changes_after(
    session: AsyncSession, root_id: UUID, number: int, *, limit: int
) -> Sequence[ThreadChange]:
    """Read the changes after `number`, in order.

    Returns:
        At most `limit`; `reply` is `None` also for one that was deleted since.
    """
    change = ThreadChanges
    reply = and_(col(Tweets.id) == col(change.tweet_id), not_(col(change.gone)))
    rows = await session.execute(
        select(
            *TWEET_COLUMNS,
            col(change.number),
            col(change.tweet_id),
            col(change.gone),
            col(change.traceparent),
        )
        .select_from(change)
        .outerjoin(Tweets, reply)
        .where(col(change.root_id) == root_id, col(change.number) > number)
        .order_by(col(change.number))
        .limit(limit)
    )
    return [
        ThreadChange(
            number=row.number,
            reply=None if row.version is None else tweet_of(row),
            deleted=row.tweet_id if row.gone else None,
            traceparent=row.traceparent,
        )
        for row in rows
    ]
