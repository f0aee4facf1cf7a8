"""Events with several replicas, one of which dies, and after none was there for long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.bus import Bus
from chassis.bus.streams import DEAD_LETTERS
from chassis.envelope import Envelope, uuid7
from chassis.postgres import Database
from stack.nats import Nats
from stack.ports import free_port
from stack.services import Service
from subgraphs.tweets.app import create_app
from subgraphs.tweets.consumer import DURABLE
from subgraphs.tweets.settings import TweetsSettings
from tests.servers import RunningServer, Servers
from tests.subgraphs.tweets.asking import lifespan
from tests.subgraphs.tweets.test_consumer import updated
from tests.subgraphs.tweets.waiting import until

PROJECT = Path(__file__).resolve().parents[3]


class Process(Service):
    """One replica as a process."""

    def remove(self) -> None:
        """It has nothing of its own."""


@pytest.fixture
def own_settings(settings: TweetsSettings, own_nats: Nats) -> TweetsSettings:
    """On a NATS that no other test's events are in."""
    return settings.model_copy(update={"nats_url": own_nats.url_for("tweets")})


@pytest.fixture
def replicas(servers: Servers, own_settings: TweetsSettings) -> Iterator[list[RunningServer]]:
    given = {f"MT_{name.upper()}": str(value) for name, value in own_settings.model_dump().items()}
    running = list[RunningServer]()
    for name in ("tweets", "tweets-2"):
        port = free_port()
        environment = given | {"MT_PORT": str(port)}
        process = Process(name, "subgraphs.tweets", port, environment, PROJECT, servers.log)
        running.append(servers.start(process))
    yield running
    for one in running:
        servers.end(one)


@pytest.fixture
async def bus(own_nats: Nats) -> AsyncIterator[Bus]:
    bus = await Bus.connect(own_nats.url, "admin", wait_seconds=10)
    await bus.ensure_streams()
    yield bus
    await bus.close()


async def publish(bus: Bus, chains: Sequence[Sequence[Envelope]]) -> None:
    """Publish each person's events in order, and the people beside each other."""

    async def each(chain: Sequence[Envelope]) -> None:
        for event in chain:
            await bus.publish(event)

    await asyncio.gather(*(each(chain) for chain in chains))


async def handled(database: Database) -> set[str]:
    async with database.session() as session:
        query = text("SELECT event_id FROM inbox WHERE consumer = :consumer")
        return {str(one) for one in await session.scalars(query, {"consumer": DURABLE})}


async def names(database: Database) -> dict[UUID, tuple[str, int]]:
    async with database.session() as session:
        rows = await session.execute(text("SELECT user_id, username, version FROM authorcards"))
        return {row.user_id: (row.username, row.version) for row in rows}


def renamed(people: Sequence[UUID], versions: range) -> list[list[Envelope]]:
    return [[updated(person, f"name_{n}", n) for n in versions] for person in people]


async def test_one_of_two_is_killed_and_every_event_is_handled_once(
    replicas: list[RunningServer], database: Database, bus: Bus
):
    people = [uuid7() for _ in range(10)]
    chains = renamed(people, range(2, 22))
    first, second = ([chain[part] for chain in chains] for part in (slice(10), slice(10, None)))
    publishing = asyncio.create_task(publish(bus, first))

    async def begun() -> bool:
        return len(await handled(database)) >= 10

    await until(begun)
    await asyncio.to_thread(replicas[0].kill)
    await publishing
    await publish(bus, second)
    told = {event.id for chain in chains for event in chain}

    async def all_handled() -> bool:
        return await handled(database) == told

    await until(all_handled, seconds=60)
    assert await names(database) == dict.fromkeys(people, ("name_21", 21))
    info = await bus.jetstream.stream_info(DEAD_LETTERS.name or "")
    assert info.state.messages == 0


async def test_a_consumer_that_was_away_for_1000_events_catches_up(
    own_settings: TweetsSettings, database: Database, bus: Bus
):
    people = [uuid7() for _ in range(50)]
    earlier = renamed(people[:1], range(2, 3))

    async def handled_all(chains: Sequence[Sequence[Envelope]]) -> bool:
        return {event.id for chain in chains for event in chain} <= await handled(database)

    async with lifespan(create_app(own_settings)):
        await publish(bus, earlier)
        await until(lambda: handled_all(earlier))
    missed = renamed(people, range(3, 23))
    await publish(bus, missed)
    assert not await handled_all(missed)
    async with lifespan(create_app(own_settings)):
        await until(lambda: handled_all(missed), seconds=60)
    assert len(await handled(database)) == 1001
    assert await names(database) == dict.fromkeys(people, ("name_22", 22))
