"""Like and unlike: set operations, so repeating one is a success that changes nothing."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.envelope import uuid7
from chassis.postgres import Database, record
from chassis.telemetry import traced
from subgraphs.tweets import events
from subgraphs.tweets.model.errors import TweetMissing
from subgraphs.tweets.model.ids import milliseconds, time_of
from subgraphs.tweets.model.values import Tweet
from subgraphs.tweets.store import writing


@traced
async def like(database: Database, user_id: UUID, id: UUID) -> Tweet:
    """Like a tweet: row, count and event in one transaction.

    Raises:
        TweetMissing: no such tweet.
    """
    mark = uuid7()
    async with database.transaction() as session:
        before = await _lock(session, id)
        after = await writing.add_like(session, id, user_id, id=mark, at=time_of(mark))
        if after is None:
            return before
        await record(session, events.like_changed(after, user_id, milliseconds(mark), "added"))
        return after


@traced
async def unlike(database: Database, user_id: UUID, id: UUID) -> Tweet:
    """Take a like back: row, count and event in one transaction.

    Raises:
        TweetMissing: no such tweet.
    """
    mark = uuid7()
    async with database.transaction() as session:
        before = await _lock(session, id)
        after = await writing.remove_like(session, id, user_id)
        if after is None:
            return before
        await record(session, events.like_changed(after, user_id, milliseconds(mark), "removed"))
        return after


async def _lock(session: AsyncSession, id: UUID) -> Tweet:
    tweet = await writing.lock_tweet(session, id, to="change")
    if tweet is None:
        raise TweetMissing(("id",))
    return tweet
