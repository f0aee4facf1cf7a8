"""Look-ups by key, many keys in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    SQLColumnExpression,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import traced
from subgraphs.tweets.model.values import Tweet
from subgraphs.tweets.store.tables import Likes, Tweets

# In the order of the fields of `Tweet`.
TWEET_COLUMNS: Final = (
    col(Tweets.id),
    col(Tweets.author_id),
    col(Tweets.text),
    col(Tweets.created_at),
    col(Tweets.reply_to_id),
    col(Tweets.reply_to_author_id),
    col(Tweets.root_id),
    col(Tweets.like_count),
    col(Tweets.reply_count),
    col(Tweets.version),
)


def among(column: SQLColumnExpression[UUID], ids: Sequence[UUID]) -> ColumnElement[bool]:
    """Say `column = ANY (ids)`: one bound array, so one prepared statement for any number."""
    return column == any_(bindparam(None, list(ids), ARRAY(Uuid())))


def tweet_of(row: Row[*tuple[Any, ...]]) -> Tweet:
    """Read a row that begins with `TWEET_COLUMNS`."""
    return Tweet(*row[: len(TWEET_COLUMNS)])


@traced
async def tweets_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, Tweet]:
    """Give the tweets that exist among `ids`."""
    found = await session.execute(select(*TWEET_COLUMNS).where(among(col(Tweets.id), ids)))
    return {tweet.id: tweet for tweet in map(tweet_of, found)}


@traced
async def liked_by(session: AsyncSession, viewer: UUID, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Give the tweets among `ids` that `viewer` likes."""
    query = select(col(Likes.tweet_id)).where(
        col(Likes.user_id) == viewer, among(col(Likes.tweet_id), ids)
    )
    return frozenset(await session.scalars(query))


@traced
async def tweet_counts(session: AsyncSession, authors: Sequence[UUID]) -> Mapping[UUID, int]:
    """Count the tweets and replies of each author; authors without any are left out."""
    query = (
        select(col(Tweets.author_id), func.count())
        .where(among(col(Tweets.author_id), authors))
        .group_by(col(Tweets.author_id))
    )
    return {row[0]: row[1] for row in await session.execute(query)}


@traced
async def likes_given(session: AsyncSession, users: Sequence[UUID]) -> Mapping[UUID, int]:
    """Count the likes that each user has given; users without any are left out."""
    query = (
        select(col(Likes.user_id), func.count())
        .where(among(col(Likes.user_id), users))
        .group_by(col(Likes.user_id))
    )
    return {row[0]: row[1] for row in await session.execute(query)}


@traced
async def ancestors(
    session: AsyncSession, ids: Sequence[UUID], *, limit: int
) -> Mapping[UUID, Sequence[tuple[UUID, Tweet | None]]]:
    """Walk from each tweet up towards the first of its thread, at most `limit` steps.

    Returns:
        Per tweet (id, ancestor) from the farthest to the nearest. A deleted ancestor is `None` and
        ends the walk: what it answered went with it.
    """
    parent = col(Tweets.reply_to_id)
    walk = (
        select(
            type_coerce(col(Tweets.id), Uuid).label("start"),
            type_coerce(parent, Uuid).label("ancestor_id"),
            literal(1).label("step"),
        )
        .where(among(col(Tweets.id), ids), parent.is_not(None))
        .cte("walk", recursive=True)
    )
    walk = walk.union_all(
        select(walk.c.start, parent, walk.c.step + 1).where(
            col(Tweets.id) == walk.c.ancestor_id, parent.is_not(None), walk.c.step < limit
        )
    )
    query = (
        select(*TWEET_COLUMNS, walk.c.start, walk.c.ancestor_id)
        .select_from(walk.outerjoin(Tweets, col(Tweets.id) == walk.c.ancestor_id))
        .order_by(walk.c.step.desc())
    )
    found: dict[UUID, list[tuple[UUID, Tweet | None]]] = {}
    for row in await session.execute(query):
        tweet = None if row.version is None else tweet_of(row)
        found.setdefault(row.start, []).append((row.ancestor_id, tweet))
    return found
