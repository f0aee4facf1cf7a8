"""Bring the state that an event tells into the projection; one that is not newer changes nothing.

Whatever their order and however often they come, events leave the state of the newest version.
"""

from __future__ import annotations

import time
from uuid import UUID

from sqlalchemy import exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import traced
from subgraphs.timeline.model.values import Follow, Item, Position, Tweet
from subgraphs.timeline.store.tables import Feeds, FollowChanges, Follows, Tweets


@traced
async def put_tweet(session: AsyncSession, tweet: Tweet) -> None:
    """Write a tweet's state; also a deletion of a tweet that was never heard of leaves its row."""
    new = insert(Tweets).values(
        id=tweet.item.position.id,
        author_id=tweet.item.author_id,
        reply_to_id=tweet.reply_to_id,
        reply_to_author_id=tweet.item.reply_to_author_id,
        root_id=tweet.root_id,
        created_ms=tweet.item.position.ms,
        version=tweet.version,
        deleted=tweet.deleted,
        noted_ms=_now_ms(),
    )
    await session.execute(
        new.on_conflict_do_update(
            index_elements=[col(Tweets.id)],
            set_={name: new.excluded[name] for name in ("version", "deleted", "noted_ms")},
            where=col(Tweets.version) < new.excluded.version,
        )
    )


@traced
async def put_follow(session: AsyncSession, follow: Follow) -> None:
    """Write a follow's state, and that this change of the actor's has arrived."""
    new = insert(Follows).values(
        actor_id=follow.actor_id,
        target_id=follow.target_id,
        version=follow.version,
        active=follow.active,
        noted_ms=_now_ms(),
    )
    await session.execute(
        new.on_conflict_do_update(
            index_elements=[col(Follows.actor_id), col(Follows.target_id)],
            set_={name: new.excluded[name] for name in ("version", "active", "noted_ms")},
            where=col(Follows.version) < new.excluded.version,
        )
    )
    change = {"actor_id": follow.actor_id, "version": follow.version, "and_before": False}
    await session.execute(insert(FollowChanges).values(change).on_conflict_do_nothing())


@traced
async def tweet_by_id(session: AsyncSession, id: UUID) -> Tweet | None:
    """Give a tweet's state, deleted or not."""
    columns = (
        col(Tweets.created_ms),
        col(Tweets.author_id),
        col(Tweets.reply_to_author_id),
        col(Tweets.reply_to_id),
        col(Tweets.root_id),
        col(Tweets.version),
        col(Tweets.deleted),
    )
    row = (await session.execute(select(*columns).where(col(Tweets.id) == id))).first()
    if row is None:
        return None
    item = Item(Position(row.created_ms, id), row.author_id, row.reply_to_author_id)
    return Tweet(item, row.reply_to_id, row.root_id, row.version, row.deleted)


@traced
async def follow_between(session: AsyncSession, actor_id: UUID, target_id: UUID) -> Follow | None:
    """Give a follow's state; none where there never was one."""
    query = select(col(Follows.version), col(Follows.active)).where(
        col(Follows.actor_id) == actor_id, col(Follows.target_id) == target_id
    )
    row = (await session.execute(query)).first()
    return None if row is None else Follow(actor_id, target_id, row[0], row[1])


@traced
async def has_tweet(session: AsyncSession, id: UUID, *, deleted: bool) -> bool:
    """Tell whether a tweet has arrived here; with `deleted`, whether its deletion has."""
    query = exists().where(col(Tweets.id) == id)
    if deleted:
        query = query.where(col(Tweets.deleted))
    return bool(await session.scalar(select(query)))


@traced
async def has_follow_change(session: AsyncSession, actor_id: UUID, version: int) -> bool:
    """Tell whether this change of an actor's follows has arrived here."""
    same = col(FollowChanges.version) == version
    covered = (col(FollowChanges.version) >= version) & col(FollowChanges.and_before)
    query = exists().where(col(FollowChanges.actor_id) == actor_id, or_(same, covered))
    return bool(await session.scalar(select(query)))


async def generation(session: AsyncSession) -> int:
    """Give the generation whose feeds may be trusted."""
    return await session.scalar(select(col(Feeds.generation))) or 0


@traced
async def fed_from(session: AsyncSession, stream_made_at: str) -> bool:
    """Tell whether the projection was fed from this event stream; the first one seen is noted."""
    noted = select(col(Feeds.stream_made_at))
    if await session.scalar(noted) is None:
        unknown = update(Feeds).where(col(Feeds.stream_made_at).is_(None))
        await session.execute(unknown.values(stream_made_at=stream_made_at))
    return await session.scalar(noted) == stream_made_at


async def forget_stream(session: AsyncSession) -> None:
    """What stands here does not come from events: whichever stream is seen next goes on from it."""
    await session.execute(update(Feeds).values(stream_made_at=None))


@traced
async def next_generation(session: AsyncSession) -> None:
    """Trust no feed any more that was begun before this commits."""
    await session.execute(update(Feeds).values(generation=col(Feeds.generation) + 1))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
