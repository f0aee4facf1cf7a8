"""Events from a real NATS: handled once by two replicas, and all of those that were missed."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from nats.errors import Error
from redis.asyncio import Redis as Client
from sqlalchemy import text

from chassis.bus import Bus, ConsumerOptions
from chassis.envelope import Envelope, uuid7, write_token
from chassis.postgres import Database
from stack.nats import Nats
from stack.replay import replay
from subgraphs.timeline.app import create_app
from subgraphs.timeline.consumer import FOLLOWS, SUBJECTS, TWEETS, TimelineConsumer
from subgraphs.timeline.events import EventMalformed
from subgraphs.timeline.model.ids import TWEET, global_id
from subgraphs.timeline.model.values import TimelineState
from subgraphs.timeline.service import truth
from subgraphs.timeline.service.standing import MOST_WAITING, Standing
from subgraphs.timeline.settings import TimelineSettings
from tests.servers import RunningServer
from tests.subgraphs.timeline.asking import Asker, asking, until
from tests.subgraphs.timeline.serving import Service, serving
from tests.subgraphs.timeline.truth import World

SCHEMAS = Path(__file__).resolve().parents[3] / "schema" / "events"


@pytest.fixture
def own_settings(settings: TimelineSettings, own_nats: Nats) -> TimelineSettings:
    """On a NATS that no other test's events are in."""
    return settings.model_copy(update={"nats_url": own_nats.url_for("timeline")})


@pytest.fixture
async def bus(own_nats: Nats) -> AsyncIterator[Bus]:
    """The bus as admin has it: may publish for everybody."""
    bus = await Bus.connect(own_nats.url, "admin")
    await bus.ensure_streams()
    yield bus
    await bus.close()


async def publish(bus: Bus, *events: Envelope) -> None:
    for event in events:
        await bus.publish(event)


async def shown(asker: Asker, viewer: Any) -> list[str]:
    home = await asker.home(viewer, first=100)
    return [edge["node"]["tweet"]["id"] for edge in home["edges"]]


async def test_two_replicas_handle_each_event_once(
    own_settings: TimelineSettings, bus: Bus, redis: Client, world: World
):
    me, friend = uuid7(), uuid7()
    async with AsyncExitStack() as both:
        one, two = [
            await both.enter_async_context(asking(create_app(own_settings))) for _ in range(2)
        ]
        await publish(bus, world.follow(me, friend))

        async def ready() -> bool:
            return (await one.home(me))["state"] == "READY"

        await until(ready)
        await publish(bus, *(world.post(friend)[1] for _ in range(100)))
        expected = [global_id(TWEET, tweet) for tweet in world.home(me)]

        async def all_there() -> bool:
            return await shown(two, me) == expected

        await until(all_there)
        assert await shown(one, me) == expected
        # Each came into the feed once, so whoever listens hears of each once.
        assert await redis.xlen(f"feed:{me.hex}:log") == 100


async def test_a_thousand_missed_events_are_caught_up_with(
    own_settings: TimelineSettings, bus: Bus, world: World
):
    me, friend = uuid7(), uuid7()
    async with serving(own_settings) as service:
        assert (await service.home(me)).state is TimelineState.READY
    events = [world.follow(me, friend)]
    events += [world.post((me, friend)[n % 2])[1] for n in range(998)]
    events.append(world.delete(next(iter(world.posts.values()))))
    await publish(bus, *events)
    expected = [global_id(TWEET, tweet) for tweet in world.home(me)][:100]
    async with asking(create_app(own_settings)) as asker:
        # What a page lacks meanwhile it says.
        states = set[str]()

        async def caught_up() -> bool:
            home = await asker.home(me, first=100)
            states.add(home["state"])
            ids = [edge["node"]["tweet"]["id"] for edge in home["edges"]]
            return home["state"] == "READY" and ids == expected

        await until(caught_up)
        assert "DEGRADED" in states


async def test_whoever_posted_finds_it_on_the_next_page(
    own_settings: TimelineSettings, bus: Bus, world: World
):
    await post_then_read(own_settings, bus, world, times=60)


@pytest.mark.soak
async def test_whoever_posted_five_hundred_times_finds_each_on_the_next_page(
    own_settings: TimelineSettings, bus: Bus, world: World
):
    await post_then_read(own_settings, bus, world, times=500)


async def post_then_read(settings: TimelineSettings, bus: Bus, world: World, times: int) -> None:
    """Post, follow or unfollow, and read at once with the token, at the other replica each time."""
    me, friend = uuid7(), uuid7()
    await bus.publish(world.post(friend)[1])
    async with AsyncExitStack() as both:
        askers = [await both.enter_async_context(asking(create_app(settings))) for _ in range(2)]
        await until(lambda: is_ready(askers[1], me))
        for n in range(times):
            if n % 3:
                post, event = world.post(me)
                token = write_token("tweets", str(post.id), 1)
            else:
                event = (world.unfollow if n % 2 else world.follow)(me, friend)
                token = write_token("social", str(me), world.seqs[me])
            await bus.publish(event)
            home = await askers[n % 2].home(me, first=100, atLeast=token)
            ids = [edge["node"]["tweet"]["id"] for edge in home["edges"]]
            expected = [global_id(TWEET, tweet) for tweet in world.home(me)][:100]
            # A page that lacks it would have to say so.
            assert ids == expected or home["state"] == "DEGRADED"
            if home["state"] == "DEGRADED":
                await until(lambda: has_page(askers[n % 2], me, expected))  # noqa: B023 awaited here


async def is_ready(asker: Asker, viewer: UUID) -> bool:
    return (await asker.home(viewer))["state"] == "READY"


async def has_page(asker: Asker, viewer: UUID, expected: list[str]) -> bool:
    return await shown(asker, viewer) == expected


async def test_what_cannot_be_handled_is_put_aside_and_the_others_come_through(
    own_settings: TimelineSettings, bus: Bus, world: World
):
    me = uuid7()
    async with serving(own_settings) as service:
        for durable, subjects in SUBJECTS.items():
            options = ConsumerOptions(backoff=(0.05,))
            await service.resources.bus.consume(durable, subjects, service.consumer.handle, options)
        await bus.jetstream.publish("mt.v1.tweets.tweet.posted", b"no event")
        await publish(bus, world.post(me)[1], *MALFORMED, world.post(me)[1])

        async def come_through() -> bool:
            return await service.pulled(me) == world.home(me)

        async def put_aside() -> bool:
            return (await bus.jetstream.stream_info("MT_DLQ")).state.messages == 1 + len(MALFORMED)

        await until(come_through)
        await until(put_aside)
        await publish(bus, world.post(me)[1])
        await until(come_through)


async def test_an_event_that_was_put_aside_is_missing_until_it_is_put_back(
    own_settings: TimelineSettings, own_nats: Nats, bus: Bus, world: World
):
    me = uuid7()
    async with serving(own_settings) as service:
        ours = service.resources
        standing = Standing(ours.database, ours.bus, tuple(SUBJECTS))
        broken = set(SUBJECTS)

        def handler(durable: str) -> Callable[[Envelope], Awaitable[None]]:
            async def handle(event: Envelope) -> None:
                if durable in broken:
                    raise RuntimeError
                await service.consumer.handle(event)

            return handle

        for durable, subjects in SUBJECTS.items():
            options = ConsumerOptions(tries=1)
            await ours.bus.consume(durable, subjects, handler(durable), options)
            await until(lambda durable=durable: has_consumer(bus, durable))
        assert not (await standing.look()).behind
        await publish(bus, world.post(me)[1])

        async def says_so() -> bool:
            return (await standing.look()).behind

        await until(says_so)
        broken.clear()
        assert await replay(own_nats.url, TWEETS) == 1

        async def come_through() -> bool:
            return await service.pulled(me) == world.home(me)

        await until(come_through)
        assert not (await standing.look()).behind


async def test_a_bus_that_lost_its_data_is_told_until_the_rebuild(
    own_settings: TimelineSettings, own_nats_server: RunningServer, own_nats: Nats, bus: Bus
):
    async with serving(own_settings) as service:
        ours = service.resources
        standing = Standing(ours.database, ours.bus, tuple(SUBJECTS))
        for durable, subjects in SUBJECTS.items():
            await ours.bus.consume(durable, subjects, service.consumer.handle)
            await until(lambda durable=durable: has_consumer(bus, durable))
        assert not (await standing.look()).behind
        own_nats_server.kill()
        shutil.rmtree(own_nats.data / "jetstream")
        own_nats_server.start()
        await ours.bus.wait_connected()
        for durable in SUBJECTS:
            await until(lambda durable=durable: has_consumer(bus, durable))
        assert (await standing.look()).behind
        await truth.rebuild(ours.database, [])
        assert not (await standing.look()).behind
        assert not (await standing.look()).behind


async def test_who_is_far_behind_or_without_bus_says_so(
    own_settings: TimelineSettings, own_nats_server: RunningServer, bus: Bus, world: World
):
    me = uuid7()
    async with serving(own_settings) as service:
        ours = service.resources
        standing = Standing(ours.database, ours.bus, tuple(SUBJECTS))
        # Nobody has begun to read: all that there may be waits.
        assert (await standing.look()).behind
        for durable, subjects in SUBJECTS.items():
            held = await ours.bus.consume(durable, subjects, service.consumer.handle)
            await until(lambda durable=durable: has_consumer(bus, durable))
            await held.stop()
        assert not (await standing.look()).behind
        for _ in range(MOST_WAITING + 1):
            await bus.publish(world.post(me)[1])
        assert (await standing.look()).behind
        own_nats_server.stop()

        async def alone() -> bool:
            return not ours.bus.is_connected

        await until(alone)
        assert (await standing.look()).behind


async def has_consumer(bus: Bus, durable: str) -> bool:
    try:
        return durable in [one.name for one in await bus.jetstream.consumers_info("MT")]
    except Error:
        # NATS has just come back.
        return False


def event(type: str, data: dict[str, Any]) -> Envelope:
    source = type.partition(".")[0]
    return Envelope.new(type, source=source, subject=str(uuid7()), aggversion=1, data=data)


MALFORMED = [
    event("tweets.tweet.posted", {}),
    event("tweets.tweet.posted", {"tweetId": "x", "authorId": 1, "replyTo": "y"}),
    event("social.follow.added", {}),
    event("social.follow.removed", {"actorId": str(uuid7()), "targetId": None}),
]


@pytest.mark.parametrize("malformed", MALFORMED, ids=lambda one: one.type)
async def test_an_event_that_lacks_something_is_refused(service: Service, malformed: Envelope):
    with pytest.raises(EventMalformed):
        await TimelineConsumer(service.parts.arriving).handle(malformed)


def test_seed_no_handler_is_there_that_nothing_calls(world: World):
    """In the first timeline, `update_timeline` was never called: every event has its subject."""
    me, friend = uuid7(), uuid7()
    post, posted = world.post(me)
    changes = [posted, world.delete(post), world.follow(me, friend), world.unfollow(me, friend)]
    told = {change.nats_subject for change in changes}
    assert told == {subject for subjects in SUBJECTS.values() for subject in subjects}
    assert set(SUBJECTS) == {TWEETS, FOLLOWS}


def test_the_events_of_these_tests_are_those_of_the_contract(world: World):
    import jsonschema  # noqa: PLC0415 here alone

    me = uuid7()
    root, posted = world.post(me)
    _, reply = world.post(me, root)
    for change in (posted, reply, world.delete(root), world.follow(me, uuid7())):
        path = SCHEMAS / f"{change.type}.v1.json"
        if path.exists() or not change.type.startswith("social."):
            jsonschema.validate(dict(change.data), json.loads(path.read_text()))


async def test_the_projection_is_what_happened(service: Service, database: Database, world: World):
    me, friend = uuid7(), uuid7()
    post, posted = world.post(me)
    gone, second = world.post(friend, post)
    await service.take(posted, second, world.delete(gone), world.follow(me, friend))
    await service.take(world.unfollow(me, friend), posted)
    async with database.session() as session:
        tweets = await session.execute(
            text("SELECT id, author_id, reply_to_id, root_id, version, deleted FROM tweets")
        )
        follows = await session.execute(text("SELECT actor_id, version, active FROM follows"))
        assert {tuple(row) for row in tweets} == {
            (post.id, me, None, post.id, 1, False),
            (gone.id, friend, post.id, post.id, 2, True),
        }
        assert [tuple(row) for row in follows] == [(me, 2, False)]
