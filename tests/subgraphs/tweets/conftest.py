"""A migrated database of this service per module, emptied for each test; its app on real NATS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text

from chassis.bus import Bus
from chassis.postgres import Database, run_migrations
from stack.nats import Nats
from subgraphs.tweets.__main__ import MIGRATIONS
from subgraphs.tweets.app import create_app
from subgraphs.tweets.settings import TweetsSettings
from subgraphs.tweets.store.tables import METADATA
from tests.subgraphs.tweets.asking import Asker, lifespan, settings_for


@pytest.fixture(scope="module")
def database_url(service_database: Callable[[str], str]) -> str:
    url = service_database("tweets")
    asyncio.run(run_migrations(url, MIGRATIONS))
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database.connect(database_url)
    async with database.transaction() as session:
        await session.execute(text(f"TRUNCATE {', '.join(METADATA.tables)}"))
    yield database
    await database.dispose()


@pytest.fixture
def settings(database: Database, nats_server: Nats) -> TweetsSettings:
    return settings_for(database.url, nats_server.url_for("tweets"))


@pytest.fixture
async def asker(settings: TweetsSettings) -> AsyncIterator[Asker]:
    """The served app with its consumers stopped."""
    app = create_app(settings, consume=False)
    async with lifespan(app):
        yield Asker(app)


@pytest.fixture
async def users_bus(nats_server: Nats) -> AsyncIterator[Bus]:
    """The bus as users has it: may answer for users, and publish users' events."""
    bus = await Bus.connect(nats_server.url_for("users"), "users")
    yield bus
    await bus.close()
