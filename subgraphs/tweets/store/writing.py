"""Changes of tweets and likes, in the caller's transaction.

Whoever changes a tweet or its likes locks the tweet's row first, and a deletion locks the reply
before its parent: always upwards, so two transactions never wait for each other in a ring.
"""

from __future__ import annotations

import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import traced
from subgraphs.tweets.model.text import words
from subgraphs.tweets.model.values import NewTweet, Tweet
from subgraphs.tweets.store.reading import TWEET_COLUMNS, tweet_of
from subgraphs.tweets.store.tables import Likes, PostKeys, Tweets


@traced
async def claim_key(
    session: AsyncSession, new: NewTweet, tweet_id: UUID, digest: bytes
) -> tuple[UUID, bytes] | None:
    """Take the idempotency key for `tweet_id`, or tell who has it.

    While another transaction holds the same key, this waits for its end: the second of two
    concurrent posts sees the tweet of the first, or takes the key when the first rolls back.

    Returns:
        `None` when the key is ours now; else the (tweet id, digest of input) that has it.
    """
    claim = (
        insert(PostKeys)
        .values(author_id=new.author_id, key=new.key, tweet_id=tweet_id, digest=digest)
        .on_conflict_do_nothing()
        .returning(col(PostKeys.tweet_id))
    )
    if (await session.execute(claim)).first() is not None:
        return None
    holder = select(col(PostKeys.tweet_id), col(PostKeys.digest)).where(
        col(PostKeys.author_id) == new.author_id, col(PostKeys.key) == new.key
    )
    found = (await session.execute(holder)).one()
    return found.tweet_id, found.digest


@traced
async def insert_tweet(session: AsyncSession, tweet: Tweet) -> None:
    """Write a new tweet and its search words."""
    await session.execute(
        insert(Tweets).values(
            id=tweet.id,
            author_id=tweet.author_id,
            text=tweet.text,
            search=func.to_tsvector("simple", words(tweet.text)),
            created_at=tweet.created_at,
            reply_to_id=tweet.reply_to_id,
            reply_to_author_id=tweet.reply_to_author_id,
            root_id=tweet.root_id,
            like_count=tweet.like_count,
            reply_count=tweet.reply_count,
            version=tweet.version,
        )
    )


@traced
async def lock_tweet(
    session: AsyncSession, id: UUID, *, to: Literal["change", "delete"]
) -> Tweet | None:
    """Read a tweet and keep others from changing it until the transaction ends.

    A lock to change still lets others insert rows that refer to the tweet's key.
    """
    query = select(*TWEET_COLUMNS).where(col(Tweets.id) == id)
    found = await session.execute(query.with_for_update(key_share=to == "change"))
    row = found.first()
    return None if row is None else tweet_of(row)


@traced
async def delete_tweet(session: AsyncSession, id: UUID) -> None:
    """Remove a tweet with its likes; replies keep the id of what they answered."""
    await session.execute(delete(Tweets).where(col(Tweets.id) == id))


@traced
async def add_to_reply_count(session: AsyncSession, id: UUID, amount: int) -> None:
    """Move the reply count of a tweet, if there still is one."""
    await session.execute(
        update(Tweets)
        .where(col(Tweets.id) == id)
        .values(reply_count=col(Tweets.reply_count) + amount)
    )


@traced
async def add_like(
    session: AsyncSession, tweet_id: UUID, user_id: UUID, *, id: UUID, at: datetime.datetime
) -> Tweet | None:
    """Add a like and count it; the tweet's row must be locked.

    Returns:
        The tweet as it is now; `None` when this person liked it before.
    """
    added = await session.execute(
        insert(Likes)
        .values(tweet_id=tweet_id, user_id=user_id, id=id, created_at=at)
        .on_conflict_do_nothing()
        .returning(col(Likes.id))
    )
    return None if added.first() is None else await _count_like(session, tweet_id, 1)


@traced
async def remove_like(session: AsyncSession, tweet_id: UUID, user_id: UUID) -> Tweet | None:
    """Remove a like and count it; the tweet's row must be locked.

    Returns:
        The tweet as it is now; `None` when this person did not like it.
    """
    removed = await session.execute(
        delete(Likes)
        .where(col(Likes.tweet_id) == tweet_id, col(Likes.user_id) == user_id)
        .returning(col(Likes.id))
    )
    return None if removed.first() is None else await _count_like(session, tweet_id, -1)


async def _count_like(session: AsyncSession, id: UUID, amount: int) -> Tweet:
    counted = await session.execute(
        update(Tweets)
        .where(col(Tweets.id) == id)
        .values(like_count=col(Tweets.like_count) + amount, version=col(Tweets.version) + 1)
        .returning(*TWEET_COLUMNS)
    )
    return tweet_of(counted.one())
