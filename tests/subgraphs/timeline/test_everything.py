"""The proof: whatever happens in whatever order, a timeline is complete once it has all arrived.

Random people post, reply, delete, follow and unfollow; two replicas are handed the events in any
order, at the same time, some twice, and die in the middle of some, while people read and Redis
forgets, goes away in the middle, keeps its data or loses parts of it. After everything has arrived
once, every timeline is what the rule says, page by page in every size, from Redis and from
Postgres, and whoever only listened shows the same as whoever reads anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis as Client

from stack.nats import Nats
from stack.redis import Redis
from tests.subgraphs.timeline.comparing import check
from tests.subgraphs.timeline.faults import Line
from tests.subgraphs.timeline.playing import PEOPLE, Play
from tests.subgraphs.timeline.serving import serving, settings_for

# Small, so that feeds overflow and logs end.
FEED_SIZE = 6
LOG_SIZE = 20
MANY = 1_000
PROGRAM_SECONDS = 100

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
    st.tuples(st.just("crash"), seed),
    st.tuples(st.just("build"), replica, person),
    st.tuples(st.just("cut"), replica, st.integers(0, 4), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("flush")),
    st.tuples(st.just("lose"), person, st.sampled_from(["", ":state", ":log"])),
]
listening = st.tuples(st.just("listen"), person)
calm = st.one_of(*happenings, listening)
stormy = st.one_of(*happenings, *happenings, *faults)


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
        for service in self.replicas:
            # What is held back keeps its turn: there must be one for everything else.
            service.parts.arriving._turns = asyncio.Semaphore(MANY)
            service.resources.builder._limit = asyncio.Semaphore(MANY)
        self.lines = [Line(service) for service in self.replicas]
        self.redis = Client.from_url(self._url)

    def run(self, program: list[tuple[Any, ...]]) -> None:
        self.runner.run(asyncio.wait_for(self._run(program), PROGRAM_SECONDS))

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
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LONG = settings(QUICK, max_examples=300, derandomize=False, print_blob=True)


@pytest.mark.timeout(600)
@QUICK
@given(program=st.lists(calm, min_size=20, max_size=60))
def test_every_timeline_is_complete_in_any_order(stage: Stage, program: list[tuple[Any, ...]]):
    stage.run(program)


@pytest.mark.timeout(600)
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
