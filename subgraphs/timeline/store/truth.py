"""Make the projection anew from exports: COPY into tables of the transaction, then compare.

Versions decide, as for events: what is newer here than in the export stays as it is, so events may
go on meanwhile. What was known here before the export began, and is not in it, is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.telemetry import traced

# id, author, answered tweet, answered author, root, created (ms), version
StagedTweet: TypeAlias = "tuple[UUID, UUID, UUID | None, UUID | None, UUID, int, int]"
# actor, target, version
StagedFollow: TypeAlias = "tuple[UUID, UUID, int]"
# actor, version up to which all changes are in the export
StagedActor: TypeAlias = "tuple[UUID, int]"

_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('rebuild.timeline', 0))")
_TAKE_TIME: Final = text("SET LOCAL statement_timeout = 0")

_STAGE_TWEETS: Final = text("""
    CREATE TEMP TABLE staged_tweets (
        id uuid PRIMARY KEY, author_id uuid, reply_to_id uuid, reply_to_author_id uuid,
        root_id uuid, created_ms bigint, version int
    ) ON COMMIT DROP
""")
_PUT_TWEETS: Final = text("""
    INSERT INTO tweets AS known (
        id, author_id, reply_to_id, reply_to_author_id, root_id, created_ms, version,
        deleted, noted_ms
    )
    SELECT id, author_id, reply_to_id, reply_to_author_id, root_id, created_ms, version,
           false, :at
    FROM staged_tweets
    ON CONFLICT (id) DO UPDATE SET
        author_id = excluded.author_id, reply_to_id = excluded.reply_to_id,
        reply_to_author_id = excluded.reply_to_author_id, root_id = excluded.root_id,
        created_ms = excluded.created_ms, version = excluded.version,
        deleted = false, noted_ms = excluded.noted_ms
    WHERE known.version <= excluded.version
""")
# With the next version: its deletion has that or a later one, its posting an earlier.
_END_TWEETS: Final = text("""
    UPDATE tweets SET deleted = true, version = version + 1, noted_ms = :at
    WHERE NOT deleted AND noted_ms < :at
      AND NOT EXISTS (SELECT 1 FROM staged_tweets WHERE staged_tweets.id = tweets.id)
""")

_STAGE_FOLLOWS: Final = text("""
    CREATE TEMP TABLE staged_follows (
        actor_id uuid, target_id uuid, version int, PRIMARY KEY (actor_id, target_id)
    ) ON COMMIT DROP
""")
_STAGE_ACTORS: Final = text("""
    CREATE TEMP TABLE staged_actors (actor_id uuid PRIMARY KEY, version int) ON COMMIT DROP
""")
_PUT_FOLLOWS: Final = text("""
    INSERT INTO follows AS known (actor_id, target_id, version, active, noted_ms)
    SELECT actor_id, target_id, version, true, :at FROM staged_follows
    ON CONFLICT (actor_id, target_id) DO UPDATE SET
        version = excluded.version, active = true, noted_ms = excluded.noted_ms
    WHERE known.version <= excluded.version
""")
_END_FOLLOWS: Final = text("""
    UPDATE follows SET active = false, noted_ms = :at
    WHERE active AND noted_ms < :at
      AND NOT EXISTS (
        SELECT 1 FROM staged_follows
        WHERE staged_follows.actor_id = follows.actor_id
          AND staged_follows.target_id = follows.target_id
      )
""")
_FORGET_CHANGES: Final = text("""
    DELETE FROM followchanges USING staged_actors
    WHERE followchanges.actor_id = staged_actors.actor_id
      AND followchanges.version < staged_actors.version
""")
_PUT_CHANGES: Final = text("""
    INSERT INTO followchanges (actor_id, version, and_before)
    SELECT actor_id, version, true FROM staged_actors
    ON CONFLICT (actor_id, version) DO UPDATE SET and_before = true
""")


@traced
async def prepare(session: AsyncSession) -> None:
    """Let this transaction take its time, and let one rebuild at a time do so."""
    await session.execute(_TAKE_TIME)
    await session.execute(_LOCK)


@traced
async def take_tweets(session: AsyncSession, rows: Sequence[StagedTweet], at_ms: int) -> None:
    """Make the tweets those of an export that began at `at_ms`, but for what is newer."""
    await _stage(session, "staged_tweets", _STAGE_TWEETS, rows)
    for statement in (_PUT_TWEETS, _END_TWEETS):
        await session.execute(statement, {"at": at_ms})


@traced
async def take_follows(
    session: AsyncSession,
    follows: Sequence[StagedFollow],
    actors: Sequence[StagedActor],
    at_ms: int,
) -> None:
    """Make the follows those of an export that began at `at_ms`, but for what is newer."""
    await _stage(session, "staged_follows", _STAGE_FOLLOWS, follows)
    await _stage(session, "staged_actors", _STAGE_ACTORS, actors)
    for statement in (_PUT_FOLLOWS, _END_FOLLOWS):
        await session.execute(statement, {"at": at_ms})
    for statement in (_FORGET_CHANGES, _PUT_CHANGES):
        await session.execute(statement)


async def _stage(
    session: AsyncSession, table: str, create: TextClause, rows: Iterable[tuple[Any, ...]]
) -> None:
    await session.execute(create)
    connection = await (await session.connection()).get_raw_connection()
    driver: Any = connection.driver_connection  # asyncpg's own, the only one that speaks COPY
    await driver.copy_records_to_table(table, records=rows)
    await session.execute(text(f"ANALYZE {table}"))
