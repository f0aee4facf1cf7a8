"""Attempts to log in: a leaky bucket for each key, shared by all replicas."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.telemetry import traced

# A full bucket is empty after this long.
WINDOW: Final = timedelta(minutes=10)
FORGOTTEN: Final = 20

_LEVEL: Final = "greatest(0, known.level - :most * extract(epoch FROM :now - known.at) / :window)"
# One statement, so that of many at once no more are let in than the bucket has room for. Those
# that are refused add nothing. It removes more buckets that are empty by now than it adds.
_ADD: Final = text(f"""
    WITH forgotten AS (
        DELETE FROM attempts WHERE key IN (
            SELECT key FROM attempts WHERE at < :empty_before AND key <> :key
            LIMIT :forgotten FOR UPDATE SKIP LOCKED
        )
    )
    INSERT INTO attempts AS known (key, level, at) VALUES (:key, 1, :now)
    ON CONFLICT (key) DO UPDATE SET level = {_LEVEL} + 1, at = :now
    WHERE {_LEVEL} + 1 <= :most
    RETURNING true
""")  # noqa: S608 -- a constant of ours
_MISSING: Final = text(f"""
    SELECT ({_LEVEL} + 1 - :most) * :window / :most FROM attempts AS known WHERE key = :key
""")  # noqa: S608 -- likewise
_TAKE_BACK: Final = text("UPDATE attempts SET level = greatest(0, level - 1) WHERE key = :key")
_EMPTY: Final = text("DELETE FROM attempts WHERE key = :key")


@traced
async def add(session: AsyncSession, key: bytes, most: int, now: datetime) -> timedelta | None:
    """Count an attempt, if there is room for it among the `most` of 10 minutes.

    Returns:
        `None` when it is counted, else how long until there is room.
    """
    bucket = {"key": key, "most": most, "now": now, "window": WINDOW.total_seconds()}
    old = {"empty_before": now - WINDOW, "forgotten": FORGOTTEN}
    if (await session.execute(_ADD, bucket | old)).first() is not None:
        return None
    return timedelta(seconds=float(await session.scalar(_MISSING, bucket) or 0))


@traced
async def empty(session: AsyncSession, key: bytes) -> None:
    """Forget every attempt under a key."""
    await session.execute(_EMPTY, {"key": key})


@traced
async def take_back(session: AsyncSession, key: bytes) -> None:
    """Forget one attempt under a key."""
    await session.execute(_TAKE_BACK, {"key": key})
