"""The live timeline: what was missed, what happens, nothing in between lost, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from uuid import UUID

import pytest
from redis.asyncio import Redis as Client

from chassis.envelope import uuid7
from subgraphs.timeline.model.values import (
    NOWHERE,
    Added,
    Change,
    LogPosition,
    RemovalReason,
    Removed,
    Reset,
)
from subgraphs.timeline.service import live
from subgraphs.timeline.service.bells import Bell
from subgraphs.timeline.settings import TimelineSettings
from tests.subgraphs.timeline.asking import until
from tests.subgraphs.timeline.faults import Line
from tests.subgraphs.timeline.folding import heard
from tests.subgraphs.timeline.serving import Service, ids_of, serving
from tests.subgraphs.timeline.truth import World


class Listening:
    """Somebody who listens, beside the test."""

    def __init__(self, service: Service, viewer: UUID, start: LogPosition | None) -> None:
        self._changes = asyncio.Queue[Change]()
        self._task = asyncio.create_task(self._listen(service, viewer, start))

    async def told(self) -> Change:
        async with asyncio.timeout(60):
            return await self._changes.get()

    def nothing_else(self) -> bool:
        return self._changes.empty()

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self, service: Service, viewer: UUID, start: LogPosition | None) -> None:
        stream = live.changes(service.resources, viewer, start)
        async with aclosing(stream):
            async for change in stream:
                await self._changes.put(change)


@pytest.fixture
async def other(settings: TimelineSettings) -> AsyncIterator[Service]:
    """The replica at which people listen; events are handled by the first."""
    async with serving(settings) as service:
        yield service


def added(change: Change) -> UUID:
    assert isinstance(change, Added), change
    return change.item.position.id


def removed(change: Change) -> tuple[UUID, RemovalReason]:
    assert isinstance(change, Removed), change
    return change.tweet_id, change.reason


async def test_what_happens_is_told_at_another_replica(
    service: Service, other: Service, world: World
):
    me, friend = uuid7(), uuid7()
    home = await service.ready(me)
    listening = Listening(other, me, home.resume)
    old, event = world.post(friend)
    await service.take(event)
    await service.take(world.follow(me, friend))
    assert added(await listening.told()) == old.id
    new, event = world.post(friend)
    await service.take(event, event)
    assert added(await listening.told()) == new.id
    await service.take(world.delete(old))
    assert removed(await listening.told()) == (old.id, RemovalReason.DELETED)
    await service.take(world.unfollow(me, friend))
    assert removed(await listening.told()) == (new.id, RemovalReason.UNFOLLOWED)
    assert listening.nothing_else()
    await listening.stop()


async def test_what_was_missed_comes_first_and_then_what_is_new(
    service: Service, other: Service, world: World
):
    me = uuid7()
    home = await service.ready(me)
    missed = [world.post(me) for _ in range(5)]
    await service.take(*(event for _, event in missed))
    listening = Listening(other, me, home.resume)
    told = [await listening.told() for _ in missed]
    assert [added(change) for change in told] == [post.id for post, _ in missed]
    assert all(isinstance(change, Added) and change.replayed for change in told)
    new, event = world.post(me)
    await service.take(event)
    change = await listening.told()
    assert isinstance(change, Added)
    assert (change.item.position.id, change.replayed) == (new.id, False)
    await listening.stop()
    # Each change says from where to go on: here, from the third.
    rest = await heard(other, me, told[2].resume, 3)
    assert [added(change) for change in rest] == [missed[3][0].id, missed[4][0].id, new.id]


async def test_an_older_tweet_that_arrives_late_is_told_all_the_same(
    service: Service, world: World
):
    me, friend = uuid7(), uuid7()
    await service.take(world.follow(me, friend))
    late, delayed = world.post(friend)
    early, event = world.post(friend)
    await service.take(event)
    home = await service.ready(me)
    assert ids_of(home) == [early.id]
    await service.take(delayed)
    [change] = await heard(service, me, home.resume, 1)
    assert added(change) == late.id
    assert ids_of(await service.home(me)) == [early.id, late.id]


async def test_without_a_token_it_begins_now(service: Service, other: Service, world: World):
    me = uuid7()
    await service.ready(me)
    await service.take(world.post(me)[1])
    stream = live.changes(other.resources, me, None)
    async with aclosing(stream), asyncio.timeout(60):
        first = asyncio.ensure_future(anext(stream))
        await until_listening(other, me)
        new, event = world.post(me)
        await service.take(event)
        assert added(await first) == new.id


async def until_listening(service: Service, viewer: UUID) -> None:
    """Wait until all who listen have read the log and wait for the bell."""
    towers = service.resources.bells._towers

    async def waiting() -> bool:
        return viewer in towers and all(bell.waiting for bell in towers[viewer].bells)

    await until(waiting)


@pytest.mark.parametrize(
    "token", [NOWHERE, LogPosition("another", 3), LogPosition("", 1 << 40)], ids=str
)
async def test_a_token_that_cannot_be_used_says_read_again(
    service: Service, world: World, token: LogPosition
):
    me = uuid7()
    await service.ready(me)
    [reset] = await heard(service, me, token, 1)
    assert isinstance(reset, Reset)
    new, event = world.post(me)
    await service.take(event)
    [change] = await heard(service, me, reset.resume, 1)
    assert added(change) == new.id


async def test_a_token_ahead_of_the_log_says_read_again(service: Service):
    me = uuid7()
    home = await service.ready(me)
    [reset] = await heard(service, me, LogPosition(home.resume.epoch, 1_000), 1)
    assert isinstance(reset, Reset)


async def test_a_token_older_than_the_log_says_read_again(small: Service, world: World):
    me = uuid7()
    home = await small.ready(me)
    await small.take(*(world.post(me)[1] for _ in range(250)))
    [reset] = await heard(small, me, home.resume, 1)
    assert isinstance(reset, Reset)
    last = (await small.ready(me)).resume
    # The last hundred can still be told.
    told = await heard(small, me, LogPosition(last.epoch, last.seq - 100), 100)
    assert [added(change) for change in told] == world.home(me)[99::-1]


async def test_very_many_changes_at_once_are_one(service: Service, world: World):
    me, friend = uuid7(), uuid7()
    await service.take_together(*(world.post(friend)[1] for _ in range(120)))
    home = await service.ready(me)
    await service.take(world.follow(me, friend))
    [reset] = await heard(service, me, home.resume, 1)
    assert isinstance(reset, Reset)
    home = await service.home(me, 100)
    assert home.resume == reset.resume
    assert ids_of(home) == world.home(me)[:100]


async def test_redis_that_forgot_everything_says_read_again_and_goes_on(
    service: Service, other: Service, world: World, redis: Client
):
    me = uuid7()
    home = await service.ready(me)
    listening = Listening(other, me, home.resume)
    await service.take(world.post(me)[1])
    await listening.told()
    await redis.flushdb()
    # Nobody tells of that: whoever looks next finds it.
    for bell in other.resources.bells._towers[me].bells:
        bell.ring()
    reset = await listening.told()
    assert isinstance(reset, Reset)
    assert ids_of(await service.ready(me)) == world.home(me)
    new, event = world.post(me)
    await service.take(event)
    assert added(await listening.told()) == new.id
    await listening.stop()


async def test_redis_that_was_away_while_something_happened_says_read_again(
    service: Service, other: Service, world: World
):
    me = uuid7()
    home = await service.ready(me)
    line = Line(service)
    line.cut(after=0, calls=1)
    await service.take(world.post(me)[1])
    line.restore()
    await other.resources.standing.look()
    [reset] = await heard(other, me, home.resume, 1)
    assert isinstance(reset, Reset)
    assert ids_of(await other.ready(me)) == world.home(me) != []


async def test_many_listeners_of_one_person_share_one_subscription(service: Service, world: World):
    me = uuid7()
    home = await service.ready(me)
    listenings = [Listening(service, me, home.resume) for _ in range(10)]
    await until_listening(service, me)
    new, event = world.post(me)
    await service.take(event)
    for listening in listenings:
        assert added(await listening.told()) == new.id
    client = service.resources.bus.client
    ours = [one for one in client._subs.values() if one.subject.startswith("mt.live.feed.")]
    assert len(ours) == 1
    for listening in listenings:
        await listening.stop()
    assert service.resources.bells._towers == {}


async def test_a_slow_listener_is_read_for_no_further_than_it_takes(service: Service, world: World):
    me = uuid7()
    home = await service.ready(me)
    await service.take_together(*(world.post(me)[1] for _ in range(250)))
    reads = list[int]()
    feeds = service.resources.feeds
    original = feeds.changes

    async def counted(viewer: UUID, after: int, limit: int) -> object:
        reads.append(after)
        return await original(viewer, after, limit)

    feeds.changes = counted  # pyright: ignore[reportAttributeAccessIssue]
    stream = live.changes(service.resources, me, home.resume)
    async with aclosing(stream):
        for _ in range(100):
            await anext(stream)
        assert reads == [0]
        await anext(stream)
        assert reads == [0, 100]


async def test_who_left_while_something_answered_waits_for_nothing():
    async def listen() -> None:
        # As a library does that waits by `asyncio.wait_for`, where both come at once.
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await Bell().wait()

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
