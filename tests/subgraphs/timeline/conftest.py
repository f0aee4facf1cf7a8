"""A migrated database of this service per module and a Redis of its own, empty for each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis as Client
from sqlalchemy import text

from chassis.postgres import Database, run_migrations
from stack.nats import Nats
from stack.redis import Redis
from subgraphs.timeline.app import MIGRATIONS
from subgraphs.timeline.settings import TimelineSettings
from tests.subgraphs.timeline.serving import Service, serving, settings_for
from tests.subgraphs.timeline.truth import World


@pytest.fixture(scope="module")
def database_url(service_database: Callable[[str], str]) -> str:
    url = service_database("timeline")
    asyncio.run(run_migrations(url, MIGRATIONS))
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database.connect(database_url)
    await empty(database)
    yield database
    await database.dispose()


async def empty(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("TRUNCATE tweets, follows, followchanges"))
        # Tests have streams of their own.
        await session.execute(text("UPDATE feeds SET stream_made_at = NULL"))


@pytest.fixture
async def redis(redis_server: Redis) -> AsyncIterator[Client]:
    """A client of the Redis whose database 5 is this service's alone."""
    client = Client.from_url(redis_server.url.removesuffix("0") + "5")
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
def settings(
    database: Database, nats_server: Nats, redis: Client, redis_server: Redis
) -> TimelineSettings:
    url = redis_server.url.removesuffix("0") + "5"
    return settings_for(database.url, nats_server.url_for("timeline"), url)


@pytest.fixture
async def service(settings: TimelineSettings) -> AsyncIterator[Service]:
    async with serving(settings) as service:
        yield service


@pytest.fixture
async def small(settings: TimelineSettings) -> AsyncIterator[Service]:
    """A service whose feeds hold 40 tweets, so that they overflow."""
    few = settings.model_copy(update={"feed_size": 40, "feed_log_size": 100})
    async with serving(few) as service:
        yield service


@pytest.fixture
def world() -> World:
    return World()
