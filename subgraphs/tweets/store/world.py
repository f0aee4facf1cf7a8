"""Many rows at once: in by COPY into a table of the transaction, out by a cursor."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import traced
from subgraphs.tweets.model.values import Tweet
from subgraphs.tweets.store.reading import TWEET_COLUMNS, tweet_of
from subgraphs.tweets.store.tables import Tweets

# id, author, text, words, time, parent, the parent's author, root
StagedTweet: TypeAlias = (
    "tuple[UUID, UUID, str, str, datetime.datetime, UUID | None, UUID | None, UUID]"
)
# tweet, user, id, time, line in the file
StagedLike: TypeAlias = "tuple[UUID, UUID, UUID, datetime.datetime, int]"

_STAGE_TWEETS: Final = text("""
    CREATE TEMP TABLE staged_tweets (
        id uuid, author_id uuid, text text, words text, created_at timestamptz,
        reply_to_id uuid, reply_to_author_id uuid, root_id uuid
    ) ON COMMIT DROP
""")
_STAGE_REPLIES: Final = text("CREATE TEMP TABLE added_replies (parent uuid) ON COMMIT DROP")
_ADD_TWEETS: Final = text("""
    WITH added AS (
        INSERT INTO tweets (
            id, author_id, text, search, created_at,
            reply_to_id, reply_to_author_id, root_id, like_count, reply_count, version
        )
        SELECT id, author_id, text, to_tsvector('simple', words), created_at,
               reply_to_id, reply_to_author_id, root_id, 0, 0, 1
        FROM staged_tweets
        ON CONFLICT DO NOTHING
        RETURNING reply_to_id
    )
    INSERT INTO added_replies SELECT reply_to_id FROM added WHERE reply_to_id IS NOT NULL
""")
# A statement of its own: only then does it see the parents that came with their replies.
_COUNT_REPLIES: Final = text("""
    UPDATE tweets SET reply_count = reply_count + found.amount
    FROM (SELECT parent, count(*) AS amount FROM added_replies GROUP BY parent) AS found
    WHERE id = found.parent
""")
_STAGE_LIKES: Final = text("""
    CREATE TEMP TABLE staged_likes (
        tweet_id uuid, user_id uuid, id uuid, created_at timestamptz, line int
    ) ON COMMIT DROP
""")
_LIKE_WITHOUT_TWEET: Final = text("""
    SELECT line FROM staged_likes
    WHERE NOT EXISTS (SELECT 1 FROM tweets WHERE tweets.id = staged_likes.tweet_id)
    ORDER BY line LIMIT 1
""")
_ADD_LIKES: Final = text("""
    WITH added AS (
        INSERT INTO likes (tweet_id, user_id, id, created_at)
        SELECT tweet_id, user_id, id, created_at FROM staged_likes
        ON CONFLICT DO NOTHING
        RETURNING tweet_id
    )
    UPDATE tweets SET like_count = like_count + found.amount
    FROM (SELECT tweet_id, count(*) AS amount FROM added GROUP BY tweet_id) AS found
    WHERE id = found.tweet_id
""")


@traced
async def take_time(session: AsyncSession) -> None:
    """Let this transaction run as long as its file needs, also between its statements."""
    await session.execute(text("SET LOCAL statement_timeout = 0"))
    # All its texts are folded between two of them.
    await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


@traced
async def load_tweets(session: AsyncSession, rows: Sequence[StagedTweet]) -> None:
    """Insert the tweets that are new and count them at their parents. No events."""
    await session.execute(_STAGE_TWEETS)
    await session.execute(_STAGE_REPLIES)
    await _copy(session, "staged_tweets", rows)
    await session.execute(_ADD_TWEETS)
    await session.execute(_COUNT_REPLIES)


@traced
async def load_likes(session: AsyncSession, rows: Sequence[StagedLike]) -> int | None:
    """Insert the likes that are new and count them at their tweets. No events.

    Returns:
        The line of the first like whose tweet is not there, and then nothing is written.
    """
    await session.execute(_STAGE_LIKES)
    await _copy(session, "staged_likes", rows)
    orphan: int | None = await session.scalar(_LIKE_WITHOUT_TWEET)
    if orphan is None:
        await session.execute(_ADD_LIKES)
    return orphan


async def every_tweet(session: AsyncSession) -> AsyncIterator[Tweet]:
    """Give all tweets by id, as they are when the first is asked for; a thousand in memory."""
    query = select(*TWEET_COLUMNS).order_by(col(Tweets.id))
    async for row in await session.stream(query, execution_options={"yield_per": 1_000}):
        yield tweet_of(row)


async def _copy(session: AsyncSession, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    connection = await (await session.connection()).get_raw_connection()
    driver: Any = connection.driver_connection  # asyncpg's own, the only one that speaks COPY
    await driver.copy_records_to_table(table, records=rows)
