"""The proof: whatever happens in whatever order, a timeline is complete once it has all arrived.

Random people post, reply, delete, follow and unfollow; two replicas are handed the events in any
order, at the same time, some twice, while people read and Redis forgets, goes away in the middle,
keeps its data or loses parts of it. After everything has arrived once, every timeline is what the
rule says, page by page in every size, from Redis and from Postgres, and whoever only listened
shows the same as whoever reads anew.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis as Client

from chassis.envelope import Envelope, uuid7
from stack.nats import Nats
from stack.redis import Redis
from subgraphs.timeline.model.values import LogPosition, Position, TimelineState
from tests.subgraphs.timeline.faults import Line
from tests.subgraphs.timeline.folding import fold, heard_until_end
from tests.subgraphs.timeline.serving import Service, serving, settings_for
from tests.subgraphs.timeline.truth import Post, World

PEOPLE = 3
# Small, so that feeds overflow and logs end.
FEED_SIZE = 6
LOG_SIZE = 20
PAGE_SIZES = (1, 3, 20)

person = st.integers(0, PEOPLE - 1)
which = st.integers(0, 1_000)
seed = st.integers(0, 1 << 30)
replica = st.integers(0, 1)
happenings = [
    st.tuples(st.just("post"), person, st.booleans()),
    st.tuples(st.just("post"), person, st.booleans()),
    st.tuples(st.just("reply"), person, which),
    st.tuples(st.just("delete"), which),
    st.tuples(st.just("follow"), person, person),
    st.tuples(st.just("follow"), person, person),
    st.tuples(st.just("unfollow"), which),
    st.tuples(st.just("deliver"), seed),
    st.tuples(st.just("deliver"), seed),
    st.tuples(st.just("read"), person),
]
faults = [
    st.tuples(st.just("listen"), person),
    st.tuples(st.just("hold"), replica, st.integers(1, 3)),
    st.tuples(st.just("hold"), replica, st.integers(1, 3)),
    st.tuples(st.just("mend")),
    st.tuples(st.just("build"), replica, person),
    st.tuples(st.just("cut"), replica, st.integers(0, 4), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("flush")),
    st.tuples(st.just("lose"), person, st.sampled_from(["", ":state", ":log"])),
]
listening = st.tuples(st.just("listen"), person)
calm = st.one_of(*happenings, listening)
stormy = st.one_of(*happenings, *happenings, *faults)


@dataclass
class Listener:
    """Somebody who has read everything once, and from then on only listens."""

    viewer: UUID
    shown: dict[UUID, Position]
    place: LogPosition


@dataclass
class Play:
    """One program on its way."""

    replicas: list[Service]
    lines: list[Line]
    redis: Client
    world: World = field(default_factory=World)
    people: list[UUID] = field(default_factory=lambda: [uuid7() for _ in range(PEOPLE)])
    waiting: list[Envelope] = field(default_factory=list[Envelope])
    delivered: list[Envelope] = field(default_factory=list[Envelope])
    listeners: list[Listener] = field(default_factory=list[Listener])
    tasks: list[asyncio.Task[Any]] = field(default_factory=list[asyncio.Task[Any]])

    async def post(self, author: int, same_ms: bool) -> None:
        last = next(reversed(self.world.posts.values()), None)
        ms = last.ms if same_ms and last is not None else None
        _, event = self.world.post(self.people[author], ms=ms)
        self.waiting.append(event)

    async def reply(self, author: int, nth: int) -> None:
        if living := self._living():
            parent = living[nth % len(living)]
            _, event = self.world.post(self.people[author], parent)
            self.waiting.append(event)

    async def delete(self, nth: int) -> None:
        if living := self._living():
            self.waiting.append(self.world.delete(living[nth % len(living)]))

    async def follow(self, actor: int, target: int) -> None:
        if actor != target:
            self.waiting.append(self.world.follow(self.people[actor], self.people[target]))

    async def unfollow(self, nth: int) -> None:
        if edges := sorted(self.world.follows):
            self.waiting.append(self.world.unfollow(*edges[nth % len(edges)]))

    async def deliver(self, seed: int) -> None:
        """Hand out some events at the same time, some of them again, while people read."""
        chance = random.Random(seed)  # noqa: S311 no secret
        chance.shuffle(self.waiting)
        count = chance.randint(1, 8)
        now, self.waiting = self.waiting[:count], self.waiting[count:]
        again = chance.sample(self.delivered, min(len(self.delivered), chance.randint(0, 3)))
        self.delivered += now
        for event in [*now, *again]:
            self._start(chance.choice(self.replicas).take(event))
        for reader in chance.sample(self.people, chance.randint(0, 2)):
            self._start(chance.choice(self.replicas).home(reader, 3))
        await self._still()

    async def read(self, viewer: int) -> None:
        self._start(self.replicas[viewer % 2].home(self.people[viewer], 3))
        await self._still()

    async def build(self, nth: int, viewer: int) -> None:
        """Build a feed anew, whether it is good or not."""
        me = self.people[viewer]
        found: Any = await self.redis.hget(f"feed:{me.hex}:state", "epoch")
        epoch: bytes = found or b""
        self._start(self.replicas[nth].resources.builder._limited(me, epoch.decode()))
        await self._still()

    async def listen(self, viewer: int) -> None:
        me = self.people[viewer]
        home = await self.replicas[0].home(me, 100)
        if home.state is TimelineState.READY:
            shown = {item.position.id: item.position for item in home.page.items}
            self.listeners.append(Listener(me, shown, home.resume))

    async def hold(self, nth: int, calls: int) -> None:
        """Hold back what a replica is about to do in Redis, until `mend`."""
        self.lines[nth].hold(calls)

    async def cut(self, nth: int, after: int, calls: int, answer_lost: bool) -> None:
        self.lines[nth].cut(after, calls, answer_lost=answer_lost)

    async def mend(self) -> None:
        for line in self.lines:
            line.mend()
        await self._still()

    async def flush(self) -> None:
        await self.redis.flushdb()

    async def lose(self, viewer: int, part: str) -> None:
        """Let Redis evict a part of a feed."""
        await self.redis.delete(f"feed:{self.people[viewer].hex}{part}")

    async def settle(self) -> None:
        """Let everything arrive that has not, into feeds that are there."""
        await self.mend()
        await self._look()
        for viewer in range(PEOPLE):
            await self.read(viewer)
        while self.waiting:
            await self.deliver(0)
        await self._look()

    async def _look(self) -> None:
        for service in self.replicas:
            await service.resources.standing.look()
        for viewer in self.people:
            # Of a builder that died: ten seconds pass.
            await self.redis.delete(f"feed:{viewer.hex}:building")

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self.tasks.append(task)
        for line in self.lines:
            line.holdable.add(task)

    async def _still(self) -> None:
        """Return when all that began has ended or is held back."""
        while True:
            held = self.lines[0].held | self.lines[1].held
            moving = [task for task in self.tasks if not task.done() and task not in held]
            if not moving:
                break
            stirs = [asyncio.create_task(line.stirred.wait()) for line in self.lines]
            await asyncio.wait([*moving, *stirs], return_when=asyncio.FIRST_COMPLETED)
            for line, stir in zip(self.lines, stirs, strict=True):
                stir.cancel()
                line.stirred.clear()
        for task in [task for task in self.tasks if task.done()]:
            self.tasks.remove(task)
            for line in self.lines:
                line.holdable.discard(task)
            task.result()

    def _living(self) -> list[Post]:
        return [post for post in self.world.posts.values() if post.id not in self.world.gone]


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


class Stage:
    """Two replicas on real stores, kept from program to program: their people are always new."""

    def __init__(self, database_url: str, nats: Nats, redis: Redis) -> None:
        self.runner = asyncio.Runner()
        self._url = redis.url.removesuffix("0") + "6"
        self._settings = settings_for(
            database_url,
            nats.url_for("timeline"),
            self._url,
            feed_size=FEED_SIZE,
            feed_log_size=LOG_SIZE,
        )
        self._open = AsyncExitStack()
        self.runner.run(self._begin())

    async def _begin(self) -> None:
        self.replicas = [
            await self._open.enter_async_context(serving(self._settings)) for _ in range(2)
        ]
        self.lines = [Line(service) for service in self.replicas]
        self.redis = Client.from_url(self._url)

    def run(self, program: list[tuple[Any, ...]]) -> None:
        self.runner.run(self._run(program))

    async def _run(self, program: list[tuple[Any, ...]]) -> None:
        play = Play(self.replicas, self.lines, self.redis)
        try:
            for viewer in range(PEOPLE):
                await play.read(viewer)
            for name, *arguments in program:
                await getattr(play, name)(*arguments)
        finally:
            await play.settle()
        await check(play)

    def close(self) -> None:
        self.runner.run(self._end())
        self.runner.close()

    async def _end(self) -> None:
        await self.redis.flushdb()
        await self.redis.aclose()
        await self._open.aclose()


@pytest.fixture(scope="module")
def stage(database_url: str, nats_server: Nats, redis_server: Redis) -> Iterator[Stage]:
    stage = Stage(database_url, nats_server, redis_server)
    yield stage
    stage.close()


QUICK = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LONG = settings(QUICK, max_examples=1_000, derandomize=False, print_blob=True)


@QUICK
@given(program=st.lists(calm, min_size=20, max_size=60))
def test_every_timeline_is_complete_in_any_order(stage: Stage, program: list[tuple[Any, ...]]):
    stage.run(program)


@QUICK
@given(program=st.lists(stormy, min_size=20, max_size=80))
def test_every_timeline_is_complete_whatever_redis_does(
    stage: Stage, program: list[tuple[Any, ...]]
):
    stage.run(program)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@LONG
@given(program=st.lists(stormy, min_size=30, max_size=200))
def test_every_timeline_is_complete_after_a_long_life(stage: Stage, program: list[tuple[Any, ...]]):
    stage.run(program)
