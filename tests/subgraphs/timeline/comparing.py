"""What must be true once everything has arrived, in each way that a timeline can be read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from subgraphs.timeline.model.values import Position
from tests.subgraphs.timeline.folding import fold, heard_until_end
from tests.subgraphs.timeline.playing import Listener, Play
from tests.subgraphs.timeline.serving import Service

PAGE_SIZES = (2, 20)


async def check(play: Play) -> None:
    service = play.replicas[0]
    for viewer in play.people:
        expected = play.world.home(viewer)
        assert await service.pulled(viewer, 3) == expected, "by the pull path"
        await service.ready(viewer)
        for size in PAGE_SIZES:
            assert await service.whole(viewer, size) == expected, f"in pages of {size}"
        assert await from_below(service, viewer, 3) == expected, "paged upwards"
    for listener in play.listeners:
        await check_listener(play, listener)


async def check_listener(play: Play, listener: Listener) -> None:
    changes = await heard_until_end(play.replicas[0], listener.viewer, listener.place)
    if changes is None:
        return
    now = fold_above(listener.shown, changes, await floor_of(play, listener.viewer))
    expected = await above_floor(play, listener.viewer)
    assert now == expected, "for whoever only listened"


def fold_above(
    shown: dict[UUID, Position], changes: list[Any], floor: tuple[int, UUID]
) -> set[UUID]:
    """What is shown above the floor: below it a feed says nothing, and pages ask Postgres."""
    now = fold(shown, changes)
    return {tweet for tweet, place in now.items() if (place.ms, place.id) > floor}


async def floor_of(play: Play, viewer: UUID) -> tuple[int, UUID]:
    found: Any = await play.redis.hmget(f"feed:{viewer.hex}:state", ["floor_ms", "floor_id"])
    return int(found[0]), UUID(bytes=found[1])


async def above_floor(play: Play, viewer: UUID) -> set[UUID]:
    floor = await floor_of(play, viewer)
    posts = play.world.posts
    return {tweet for tweet in play.world.home(viewer) if (posts[tweet].ms, tweet) > floor}


async def from_below(service: Service, viewer: UUID, size: int) -> list[UUID]:
    """Page from the end to the top."""
    ids, start = list[UUID](), None
    while True:
        home = await service.home(viewer, size, start=start, newer=True)
        ids = [item.position.id for item in home.page.items] + ids
        if not home.page.has_previous:
            return ids
        assert len(home.page.items) == size
        start = home.page.items[0].position
