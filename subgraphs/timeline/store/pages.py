"""Home timelines straight from the projection: the rule itself, and windows of what it gives.

Each person's own tweets are read along an index, the newest few of each, and merged: the cost
grows with the people followed and the size of the page, not with how much they have written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.telemetry import traced
from subgraphs.timeline.model.values import BOTTOM, Item, Page, Position, Window

# Of replies only those to their own author, to the viewer, or to people whom the viewer follows.
_VISIBLE: Final = """
    (reply_to_id IS NULL OR reply_to_author_id = author_id OR reply_to_author_id = :viewer
     OR EXISTS (SELECT 1 FROM follows AS answered WHERE answered.actor_id = :viewer
                AND answered.target_id = tweets.reply_to_author_id AND answered.active))
"""
_AUTHORS: Final = """
    (SELECT target_id AS author FROM follows WHERE actor_id = :viewer AND active
     UNION SELECT CAST(:viewer AS uuid)) AS authors
"""
_COLUMNS: Final = "created_ms, id, author_id, reply_to_author_id"


def _window(beyond: str, order: str) -> TextClause:
    ordered = f"ORDER BY created_ms {order}, id {order} LIMIT :size"
    return text(f"""
        SELECT {_COLUMNS} FROM {_AUTHORS}
        CROSS JOIN LATERAL (
            SELECT {_COLUMNS} FROM tweets
            WHERE author_id = authors.author AND NOT deleted
              AND (created_ms, id) {beyond} (:ms, :id) AND {_VISIBLE}
            {ordered}
        ) AS newest
        {ordered}
    """)  # noqa: S608 the pieces are constants of this file


# A position above all others: no tweet is posted in the year 292,277,026.
_TOP: Final = Position((1 << 63) - 1, UUID(int=(1 << 128) - 1))
_OLDER: Final = _window("<", "DESC")
_NEWER: Final = _window(">", "ASC")
_OF_AUTHOR: Final = text(f"""
    SELECT {_COLUMNS} FROM (
        (SELECT {_COLUMNS} FROM tweets
         WHERE author_id = :author AND NOT deleted AND (created_ms, id) > (:ms, :id) AND {_VISIBLE}
         ORDER BY created_ms DESC, id DESC LIMIT :size)
        UNION
        (SELECT newest.* FROM {_AUTHORS} CROSS JOIN LATERAL (
            SELECT {_COLUMNS} FROM tweets
            WHERE reply_to_author_id = :author AND author_id = authors.author AND NOT deleted
              AND (created_ms, id) > (:ms, :id)
            ORDER BY created_ms DESC, id DESC LIMIT :size) AS newest
         ORDER BY created_ms DESC, id DESC LIMIT :size)
    ) AS found
    ORDER BY created_ms DESC, id DESC LIMIT :size
""")  # noqa: S608 as above


@traced
async def home_page(session: AsyncSession, viewer: UUID, window: Window) -> Page:
    """Read a window of somebody's home timeline, whatever the state of Redis."""
    start = window.start or (BOTTOM if window.newer else _TOP)
    found = await _items(
        session,
        _NEWER if window.newer else _OLDER,
        {"viewer": viewer, **_place(start), "size": window.size + 1},
    )
    # One more than asked tells whether the list goes on.
    more, items = len(found) > window.size, found[: window.size]
    behind = window.start is not None and await _anything_behind(session, viewer, window)
    if window.newer:
        return Page(list(reversed(items)), has_next=behind, has_previous=more)
    return Page(items, has_next=more, has_previous=behind)


@traced
async def newest(session: AsyncSession, viewer: UUID, limit: int) -> Sequence[Item]:
    """Read the newest `limit` items of somebody's home timeline."""
    values = {"viewer": viewer, **_place(_TOP), "size": limit}
    return await _items(session, _OLDER, values)


@traced
async def brought_by(
    session: AsyncSession, viewer: UUID, author: UUID, above: Position, limit: int
) -> Sequence[Item]:
    """Read what following `author` brings to `viewer`: the newest `limit` items above a position.

    Those are the author's own tweets, and replies to the author by others whom the viewer follows.
    """
    values = {"viewer": viewer, "author": author, **_place(above), "size": limit}
    return await _items(session, _OF_AUTHOR, values)


async def _anything_behind(session: AsyncSession, viewer: UUID, window: Window) -> bool:
    """Tell whether the list has something on the other side of the window, `start` included."""
    start = window.start or BOTTOM
    one = 1 if window.newer else -1
    # The next position on the window's side, so that `start` itself is found too.
    beside = Position(start.ms, UUID(int=min(max(start.id.int + one, 0), (1 << 128) - 1)))
    values = {"viewer": viewer, **_place(beside), "size": 1}
    return bool(await _items(session, _OLDER if window.newer else _NEWER, values))


async def _items(
    session: AsyncSession, query: TextClause, values: dict[str, Any]
) -> Sequence[Item]:
    return [
        Item(Position(ms, tweet_id), author_id, reply_to_author_id)
        for ms, tweet_id, author_id, reply_to_author_id in await session.execute(query, values)
    ]


def _place(position: Position) -> dict[str, Any]:
    return {"ms": position.ms, "id": position.id}
