"""A client that read its timeline once and then only listens: what does it show?"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from uuid import UUID

from subgraphs.timeline.model.values import Added, Change, LogPosition, Position, Removed, Reset
from subgraphs.timeline.service import live
from tests.subgraphs.timeline.serving import Service


async def heard(
    service: Service, viewer: UUID, start: LogPosition | None, count: int
) -> list[Change]:
    """The next `count` changes after a place."""
    found = list[Change]()
    stream = live.changes(service.resources, viewer, start)
    async with asyncio.timeout(60), aclosing(stream):
        async for change in stream:
            found.append(change)
            if len(found) >= count:
                break
    return found


async def heard_until_end(
    service: Service, viewer: UUID, start: LogPosition
) -> list[Change] | None:
    """All changes after a place up to now; none where the client was told to read again."""
    end = (await service.ready(viewer)).resume
    if start == end:
        return []
    found = list[Change]()
    stream = live.changes(service.resources, viewer, start)
    async with asyncio.timeout(60), aclosing(stream):
        async for change in stream:
            if isinstance(change, Reset):
                return None
            found.append(change)
            if change.resume == end:
                break
    return found


def fold(shown: dict[UUID, Position], changes: list[Change]) -> dict[UUID, Position]:
    """What a client shows after it has applied changes; one that makes no sense fails."""
    now = dict(shown)
    for change in changes:
        if isinstance(change, Added):
            assert change.item.position.id not in now, "told twice"
            now[change.item.position.id] = change.item.position
        elif isinstance(change, Removed):
            assert change.tweet_id in now, "removed what was never there"
            del now[change.tweet_id]
    return now
