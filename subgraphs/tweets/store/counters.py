"""The counters of a tweet, held against the rows that they count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.telemetry import traced

# One statement, so one view: a change under way is in both the counter and the rows, or in neither.
_COMPARE: Final = text("""
    WITH part AS (
        SELECT id, like_count, reply_count FROM tweets WHERE id > :after ORDER BY id LIMIT :limit
    )
    SELECT id,
        like_count <> (SELECT count(*) FROM likes WHERE tweet_id = part.id)
        OR reply_count <> (SELECT count(*) FROM tweets WHERE reply_to_id = part.id) AS wrong
    FROM part
    ORDER BY id
""")
_LOCK: Final = text("SELECT 1 FROM tweets WHERE id = :id FOR NO KEY UPDATE")
_RECOUNT: Final = text("""
    WITH counted AS (
        SELECT (SELECT count(*) FROM likes WHERE tweet_id = :id) AS likes,
               (SELECT count(*) FROM tweets WHERE reply_to_id = :id) AS replies
    )
    UPDATE tweets SET like_count = counted.likes, reply_count = counted.replies
    FROM counted
    WHERE id = :id AND (like_count, reply_count) <> (counted.likes, counted.replies)
    RETURNING id
""")


@traced
async def wrong_after(
    session: AsyncSession, after: UUID, *, limit: int
) -> tuple[UUID | None, Sequence[UUID]]:
    """Compare the counters of the next tweets with the rows.

    Args:
        session: with a view for each statement.
        after: the id before the first that is compared.
        limit: how many tweets are compared.

    Returns:
        The last id that was compared, `None` when there is none after it, and those that are wrong.
    """
    rows = (await session.execute(_COMPARE, {"after": after, "limit": limit})).all()
    last: UUID | None = rows[-1].id if len(rows) == limit else None
    return last, [row.id for row in rows if row.wrong]


@traced
async def recount(session: AsyncSession, id: UUID) -> bool:
    """Set the counters of a tweet by its rows; tell whether they were wrong.

    The lock comes first, in a statement of its own: whoever moves a counter has then committed and
    is seen, or waits for us. The version stays: no event tells of this.
    """
    await session.execute(_LOCK, {"id": id})
    return (await session.execute(_RECOUNT, {"id": id})).first() is not None
