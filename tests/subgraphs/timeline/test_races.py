"""Two things at the same time, each order of them: nothing is lost, nothing comes back.

`held` brings one effect as far as Redis and stops it there; then the other thing happens, and at
the end the first goes on with what it knew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis as Client

from chassis.envelope import uuid7
from subgraphs.timeline.model.values import TimelineState
from subgraphs.timeline.settings import TimelineSettings
from tests.subgraphs.timeline.faults import Line
from tests.subgraphs.timeline.serving import Service, ids_of, serving
from tests.subgraphs.timeline.truth import World


@pytest.fixture
async def other(settings: TimelineSettings) -> AsyncIterator[Service]:
    """A second replica."""
    async with serving(settings) as service:
        yield service


@asynccontextmanager
async def held(
    service: Service, work: Coroutine[Any, Any, Any], skip: int = 0
) -> AsyncGenerator[None]:
    """Stop `work` at its first effect in Redis, or the one after `skip`, until the block's end."""
    line = Line(service)
    task = asyncio.create_task(work)
    line.holdable.add(task)
    line.hold(1, after=skip)
    async with asyncio.timeout(60):
        await line.stirred.wait()
    yield
    line.mend()
    await task
    line.restore()


async def test_a_post_that_is_late_stays_deleted(service: Service, other: Service, world: World):
    me = uuid7()
    await service.ready(me)
    tweet, posted = world.post(me)
    await service.take(posted)
    async with held(service, service.take(posted)):
        await other.take(world.delete(tweet))
    assert await service.whole(me) == []


async def test_a_post_that_is_late_stays_deleted_though_redis_forgot_that_it_was(
    service: Service, other: Service, world: World, redis: Client
):
    me = uuid7()
    await service.ready(me)
    tweet, posted = world.post(me)
    await service.take(posted)
    async with held(service, service.take(posted)):
        await other.take(world.delete(tweet))
        await redis.flushdb()
        await other.ready(me)
    assert await service.whole(me) == []


async def test_a_feed_is_built_without_what_was_deleted_meanwhile(
    service: Service, other: Service, world: World
):
    me = uuid7()
    tweet, posted = world.post(me)
    await service.take(posted)
    async with held(service, service.resources.builder._build(me, "")):
        await other.take(world.delete(tweet))
    assert (await service.ready(me)).page.items == []


async def test_a_feed_is_built_with_what_was_posted_meanwhile(
    service: Service, other: Service, world: World
):
    me, friend, stranger = uuid7(), uuid7(), uuid7()
    await service.take(world.follow(me, friend))
    root, event = world.post(stranger)
    await service.take(event)
    async with held(service, service.resources.builder._build(me, "")):
        _, shown = world.post(friend)
        _, hidden = world.post(friend, root)
        await other.take(shown, hidden)
    assert ids_of(await service.ready(me)) == world.home(me)


async def test_a_feed_is_built_without_whom_one_unfollowed_meanwhile(
    service: Service, other: Service, world: World
):
    me, friend, new = uuid7(), uuid7(), uuid7()
    await service.take(world.follow(me, friend), world.post(friend)[1], world.post(new)[1])
    async with held(service, service.resources.builder._build(me, "")):
        await other.take(world.unfollow(me, friend), world.follow(me, new))
    assert ids_of(await service.ready(me)) == world.home(me) != []


async def test_what_a_follow_brings_may_be_deleted_on_its_way(
    service: Service, other: Service, world: World
):
    me, friend = uuid7(), uuid7()
    tweet, posted = world.post(friend)
    await service.take(posted)
    await service.ready(me)
    async with held(service, service.take(world.follow(me, friend)), skip=1):
        await other.take(world.delete(tweet))
    assert await service.whole(me) == []


async def test_a_follow_may_end_while_it_still_brings_something(
    service: Service, other: Service, world: World
):
    me, friend = uuid7(), uuid7()
    await service.take(world.post(friend)[1])
    await service.ready(me)
    async with held(service, service.take(world.follow(me, friend)), skip=1):
        await other.take(world.unfollow(me, friend))
    assert await service.whole(me) == []


async def test_a_follow_that_is_late_stays_ended_though_redis_forgot_that_it_was(
    service: Service, other: Service, world: World, redis: Client
):
    me, friend = uuid7(), uuid7()
    await service.take(world.post(friend)[1])
    await service.ready(me)
    async with held(service, service.take(world.follow(me, friend))):
        await other.take(world.unfollow(me, friend))
        await redis.flushdb()
        await other.ready(me)
    await service.take(world.post(friend)[1])
    assert await service.whole(me) == []


@pytest.mark.parametrize("skip", [0, 1])
async def test_a_post_and_a_follow_meet(service: Service, other: Service, world: World, skip: int):
    me, friend = uuid7(), uuid7()
    await service.ready(me)
    async with held(service, service.take(world.follow(me, friend)), skip=skip):
        await other.take(world.post(friend)[1])
    assert await service.whole(me) == world.home(me) != []


async def test_a_follow_and_a_post_meet(service: Service, other: Service, world: World):
    me, friend = uuid7(), uuid7()
    await service.ready(me)
    # The author's own feed comes first, and only then are the followers read.
    async with held(service, service.take(world.post(friend)[1])):
        await other.take(world.follow(me, friend))
    assert await service.whole(me) == world.home(me) != []


async def test_an_effect_that_failed_makes_feeds_anew(
    service: Service, other: Service, world: World
):
    me, friend = uuid7(), uuid7()
    await service.take(world.follow(me, friend))
    before = await other.ready(me)
    line = Line(service)
    line.cut(after=1, calls=1)
    await service.take(world.post(friend)[1])
    line.restore()
    # The other replica finds out by itself, within a second.
    await other.resources.standing.look()
    after = await other.ready(me)
    assert ids_of(after) == world.home(me) != []
    assert after.resume.epoch != before.resume.epoch


async def test_a_rebuild_that_lost_redis_midway_is_begun_again(
    service: Service, other: Service, world: World, redis: Client
):
    me = uuid7()
    await service.take(world.post(me)[1])
    async with held(service, service.resources.builder._build(me, "")):
        await redis.flushdb()
        home = await other.ready(me)
    assert home.state is TimelineState.READY
    assert ids_of(await service.ready(me)) == world.home(me)
    assert (await service.ready(me)).resume.epoch == home.resume.epoch
