"""A post by the best known person of a real graph is heard by every follower, none hears it twice.

Two replicas as processes share the events; half of the followers listen at each. In each round one
tweet is posted, and one replica or both are killed in the middle of it, at another moment each
time: before it is read, between projection and feeds, while the bells ring.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.bus import Bus
from chassis.envelope import uuid7
from chassis.postgres import Database
from stack.follow_graph import read_edges
from stack.nats import Nats
from subgraphs.timeline.model.ids import TWEET, global_id
from subgraphs.timeline.service import truth
from subgraphs.timeline.settings import TimelineSettings
from tests.servers import Servers
from tests.shared import shared
from tests.subgraphs.timeline.asking import Asker, asking_at, until
from tests.subgraphs.timeline.exporting import exports
from tests.subgraphs.timeline.readers import Reader
from tests.subgraphs.timeline.replicas import Replica, replicas
from tests.subgraphs.timeline.truth import World

GRAPH = shared("data", "socfb-Reed98.edges")
FOLLOWERS = 313
FEEDS_AT_ONCE = 6
HEARD_SECONDS = 100
# Who is killed, and when: as soon as the tweet is told, is in the projection, or so many heard it.
BOTH = (0, 1)
QUICK = [(BOTH, "written"), ((0,), 1), ((1,), 150)]
MOMENTS = ("told", "written", 1, 150)
LONG = [(((0,), (1,), BOTH)[n % 3], MOMENTS[n % 4]) for n in range(20)]


@dataclass
class Hall:
    """Everybody in their places."""

    world: World
    author: UUID
    bus: Bus
    database: Database
    replicas: list[Replica]
    readers: list[Reader] = field(default_factory=list[Reader])
    posted: list[str] = field(default_factory=list[str])

    async def post(self) -> UUID:
        post, event = self.world.post(self.author)
        await self.bus.publish(event)
        self.posted.append(global_id(TWEET, post.id))
        return post.id

    async def kill(self, victims: tuple[int, ...]) -> None:
        """Kill them at the same time, and start them again."""
        them = [self.replicas[n] for n in victims]
        await asyncio.gather(*(asyncio.to_thread(one.kill) for one in them))
        await asyncio.gather(*(asyncio.to_thread(one.start) for one in them))

    async def moment(self, when: str | int, tweet: UUID) -> None:
        async def written() -> bool:
            async with self.database.session() as session:
                query = text("SELECT count(*) FROM tweets WHERE id = :id")
                return bool(await session.scalar(query, {"id": tweet}))

        async def heard() -> bool:
            last = self.posted[-1]
            return sum(last in reader.told for reader in self.readers) >= int(when)

        if when != "told":
            await until(written if when == "written" else heard, HEARD_SECONDS)

    async def all_heard(self) -> None:
        async def heard() -> bool:
            return all(len(reader.told) >= len(self.posted) for reader in self.readers)

        await until(heard, HEARD_SECONDS)

    def check(self) -> None:
        others = Counter(tuple(reader.told) for reader in self.readers)
        assert others == {tuple(self.posted): FOLLOWERS}


@pytest.fixture
async def hall(
    servers: Servers,
    own_nats: Nats,
    settings: TimelineSettings,
    database: Database,
    world: World,
    tmp_path: Path,
) -> AsyncIterator[Hall]:
    author, followers = await followed(database, world, tmp_path)
    bus = await Bus.connect(own_nats.url, "admin")
    await bus.ensure_streams()
    own = settings.model_copy(update={"nats_url": own_nats.url_for("timeline")})
    with replicas(servers, own) as both:
        hall = Hall(world, author, bus, database, both)
        async with seated(hall, followers):
            yield hall
    await bus.close()


async def followed(database: Database, world: World, folder: Path) -> tuple[UUID, list[UUID]]:
    """Bring the graph in; gives the best known person and who follows them."""
    edges = read_edges(GRAPH)
    people = {n: uuid7() for edge in edges for n in edge}
    for actor, target in edges:
        world.follow(people[actor], people[target])
    await truth.rebuild(database, exports(folder, world))
    [(best, count)] = Counter(target for _, target in edges).most_common(1)
    assert count == FOLLOWERS
    return people[best], [people[actor] for actor, target in edges if target == best]


@asynccontextmanager
async def seated(hall: Hall, followers: list[UUID]) -> AsyncGenerator[None]:
    """Let everybody read their page and go on live from there, half of them at each replica."""
    limit = asyncio.Semaphore(FEEDS_AT_ONCE)

    async def read(nth: int, viewer: UUID, asker: Asker) -> None:
        async def ready() -> Any:
            home = await asker.home(viewer)
            return home if home["state"] == "READY" else None

        async with limit:
            home = await until(ready, HEARD_SECONDS)
        hall.readers.append(Reader(hall.replicas, nth, viewer, home["resume"]))

    async with asking_at(hall.replicas[0].port) as one, asking_at(hall.replicas[1].port) as two:
        await asyncio.gather(*(read(n, who, (one, two)[n % 2]) for n, who in enumerate(followers)))
    listening = [asyncio.create_task(reader.listen()) for reader in hall.readers]
    yield
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)


async def play(hall: Hall, rounds: Sequence[tuple[tuple[int, ...], str | int]]) -> None:
    await hall.post()
    await hall.all_heard()
    hall.check()
    for victims, when in rounds:
        tweet = await hall.post()
        await hall.moment(when, tweet)
        await hall.kill(victims)
        await hall.all_heard()
    hall.check()
    assert all(reader.resumed for reader in hall.readers)
    async with asking_at(hall.replicas[0].port) as asker:
        home = await asker.home(hall.readers[0].viewer, first=100)
    shown = [edge["node"]["tweet"]["id"] for edge in home["edges"]]
    assert shown == hall.posted[::-1]


@pytest.mark.timeout(300)
async def test_every_follower_hears_each_tweet_once_though_consumers_are_killed(hall: Hall):
    await play(hall, QUICK)


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_every_follower_hears_each_of_twenty_tweets_once(hall: Hall):
    await play(hall, LONG)
