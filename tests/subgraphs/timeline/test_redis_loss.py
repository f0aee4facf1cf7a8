"""Redis stops, dies, forgets, comes back with or without its data: pages are whole all the time."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from redis.asyncio import Redis as Client

from chassis.envelope import uuid7
from stack import redis as stack_redis
from stack.ports import free_port
from subgraphs.timeline.app import create_app
from subgraphs.timeline.model.errors import LiveUnavailable
from subgraphs.timeline.model.values import Reset, TimelineState
from subgraphs.timeline.service import live
from subgraphs.timeline.settings import TimelineSettings
from subgraphs.timeline.store.feed_words import Begun
from subgraphs.timeline.store.feeds import Feeds
from tests.servers import RunningServer, Servers
from tests.subgraphs.timeline.asking import asking, served, until, updates
from tests.subgraphs.timeline.folding import heard
from tests.subgraphs.timeline.serving import Service, ids_of, serving
from tests.subgraphs.timeline.test_live import Listening, added
from tests.subgraphs.timeline.truth import World


@pytest.fixture
def own_redis(servers: Servers) -> Iterator[RunningServer]:
    """A Redis for one test that stops, kills or starts it."""
    program = stack_redis.find_server(os.environ)
    folder, password = servers.new_folder("redis"), secrets.token_urlsafe(12)
    running = servers.start(stack_redis.Redis(program, folder, free_port(), password))
    yield running
    servers.end(running)


@pytest.fixture
async def frail(settings: TimelineSettings, own_redis: RunningServer) -> AsyncIterator[Service]:
    """A service on a Redis that fails."""
    assert isinstance(own_redis.server, stack_redis.Redis)
    own = settings.model_copy(update={"redis_url": own_redis.server.url})
    async with serving(own) as service:
        yield service


@contextmanager
def stopped(running: RunningServer) -> Generator[None]:
    """Let a process stand still: it has its connections and its data, and answers nothing."""
    os.kill(running.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(running.pid, signal.SIGCONT)


async def becomes_ready(service: Service, viewer: object) -> bool:
    await service.resources.standing.look()
    return (await service.home(viewer)).state is TimelineState.READY  # pyright: ignore[reportArgumentType]


async def test_pages_come_from_postgres_while_redis_is_dead(
    frail: Service, own_redis: RunningServer, world: World
):
    me, friend = uuid7(), uuid7()
    await frail.take(world.follow(me, friend), world.post(friend)[1])
    await frail.ready(me)
    own_redis.kill()
    await frail.take(world.post(friend)[1], world.post(me)[1])
    home = await frail.home(me)
    assert (ids_of(home), home.state) == (world.home(me), TimelineState.REBUILDING)
    own_redis.start()
    await until(lambda: becomes_ready(frail, me))
    assert ids_of(await frail.home(me)) == world.home(me)


async def test_a_crowd_without_redis_gets_its_pages(
    frail: Service, own_redis: RunningServer, world: World
):
    people = [uuid7() for _ in range(400)]
    author = uuid7()
    await frail.take(*(world.post(author)[1] for _ in range(20)))
    await frail.take_together(*(world.follow(me, author) for me in people))
    own_redis.kill()
    homes = await asyncio.gather(*(frail.home(me) for me in people))
    assert all(ids_of(home) == world.home(people[0]) for home in homes)
    assert {home.state for home in homes} == {TimelineState.REBUILDING}


async def test_redis_that_comes_back_with_its_data_is_not_believed(
    frail: Service, own_redis: RunningServer, world: World
):
    """Nothing in Redis says that it missed something: Postgres has to."""
    me, friend = uuid7(), uuid7()
    await frail.take(world.follow(me, friend), world.post(friend)[1])
    before = await frail.ready(me)
    gone = next(iter(world.posts.values()))
    with stopped(own_redis):
        await frail.take(world.post(friend)[1], world.delete(gone))
        home = await frail.home(me)
        assert (ids_of(home), home.state) == (world.home(me), TimelineState.REBUILDING)
    await until(lambda: becomes_ready(frail, me))
    after = await frail.home(me)
    assert ids_of(after) == world.home(me)
    assert after.resume.epoch != before.resume.epoch


async def test_redis_that_missed_nothing_is_believed_when_it_comes_back(
    frail: Service, own_redis: RunningServer, world: World
):
    me = uuid7()
    await frail.take(world.post(me)[1])
    before = await frail.ready(me)
    with stopped(own_redis):
        assert (await frail.home(me)).state is TimelineState.REBUILDING
    await until(lambda: becomes_ready(frail, me))
    assert (await frail.home(me)).resume == before.resume


async def test_who_listens_is_told_when_redis_died_and_is_back(
    frail: Service, own_redis: RunningServer, world: World
):
    me = uuid7()
    home = await frail.ready(me)
    listening = Listening(frail, me, home.resume)
    await frail.take(world.post(me)[1])
    added(await listening.told())
    own_redis.kill()
    await frail.take(world.post(me)[1])
    own_redis.start()
    await frail.resources.standing.look()
    for bell in frail.resources.bells._towers[me].bells:
        bell.ring()
    assert isinstance(await listening.told(), Reset)
    assert ids_of(await frail.home(me)) == world.home(me)
    new, event = world.post(me)
    await frail.take(event)
    assert added(await listening.told()) == new.id
    await listening.stop()


async def test_who_listens_is_told_that_redis_is_away_and_goes_on_without_a_hole(
    frail: Service, own_redis: RunningServer, world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 0.0)
    me = uuid7()
    home = await frail.ready(me)
    with stopped(own_redis), pytest.raises(LiveUnavailable):
        await heard(frail, me, home.resume, 1)
    monkeypatch.undo()
    await until(lambda: becomes_ready(frail, me))
    # Redis missed nothing, so the old token holds.
    new, event = world.post(me)
    await frail.take(event)
    [change] = await heard(frail, me, home.resume, 1)
    assert added(change) == new.id


async def test_a_subscription_without_redis_ends_with_a_code(
    settings: TimelineSettings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 0.0)
    away = settings.model_copy(update={"redis_url": f"redis://:x@127.0.0.1:{free_port()}/0"})
    async with (
        served(create_app(away, consume=False)) as url,
        updates(url, uuid7(), "a token") as stream,
    ):
        message = await stream.message()
        assert message["type"] == "next"
        [error] = message["payload"]["errors"]
        assert error["extensions"] == {"code": "UNAVAILABLE"}
        assert (await stream.message())["type"] == "complete"


async def test_it_starts_and_is_ready_without_redis(settings: TimelineSettings, world: World):
    url = f"redis://:x@127.0.0.1:{free_port()}/0"
    away = settings.model_copy(update={"redis_url": url})
    me = uuid7()
    async with serving(away) as service:
        await service.take(world.post(me)[1])
        assert (await service.home(me)).state is TimelineState.REBUILDING
    async with asking(create_app(away, consume=False)) as asker:
        assert (await asker.http.get("/ready")).status_code == 200
        home = await asker.home(me)
    assert len(home["edges"]) == 1
    # Whether it also knows of consumers depends on who else has used this NATS.
    assert home["state"] != "READY"


async def test_a_thousand_readers_after_a_loss_make_the_feed_once(
    service: Service, world: World, redis: Client, monkeypatch: pytest.MonkeyPatch
):
    me, friend = uuid7(), uuid7()
    await service.take(world.follow(me, friend), *(world.post(friend)[1] for _ in range(30)))
    await service.ready(me)
    begun, begin = list[Begun](), Feeds.begin

    async def counted(*given: Any) -> Begun:
        begun.append(await begin(*given))
        return begun[-1]

    monkeypatch.setattr(Feeds, "begin", counted)
    await redis.flushdb()
    homes = await asyncio.gather(*(service.home(me) for _ in range(1_000)))
    assert all(ids_of(home) == world.home(me)[:20] for home in homes)
    assert begun.count(Begun.BEGUN) == 1
    epochs = {home.resume.epoch for home in homes if home.state is TimelineState.READY}
    assert epochs == {(await service.ready(me)).resume.epoch}


async def test_two_processes_make_a_feed_once(
    service: Service, settings: TimelineSettings, world: World
):
    me = uuid7()
    await service.take(*(world.post(me)[1] for _ in range(30)))
    async with serving(settings) as other:
        homes = await asyncio.gather(*(one.home(me) for one in (service, other) for _ in range(10)))
    assert all(ids_of(home) == world.home(me)[:20] for home in homes)
    assert len({home.resume.epoch for home in homes if home.resume.epoch}) == 1


async def test_seed_a_feed_that_nobody_reads_ends_and_one_that_is_read_stays(
    service: Service, redis: Client, world: World
):
    """The first cache had its lifetime on a wrapper, where nothing looked at it."""
    me = uuid7()
    await service.take(world.post(me)[1])
    await service.ready(me)
    await service.take(world.post(me)[1])
    await service.ready(me)
    names = [f"feed:{me.hex}{part}" for part in (":state", "", ":log")]
    week = 7 * 24 * 3600
    state, *others = [await redis.ttl(name) for name in names]
    assert week - 60 < state <= week
    # The state ends before the rest: a feed never lives on with a part of it gone.
    assert all(other > state for other in others)
    for name in names:
        await redis.expire(name, 1_000)
    await service.home(me)
    assert await redis.ttl(names[0]) > 1_000
    await redis.delete(names[0])
    assert ids_of(await service.ready(me)) == world.home(me)


async def test_a_feed_that_ended_takes_no_room(service: Service, redis: Client, world: World):
    me, friend = uuid7(), uuid7()
    await service.take(world.follow(me, friend), *(world.post(friend)[1] for _ in range(5)))
    assert await redis.keys(f"feed:{me.hex}*") == []
