"""A migrated database of this service per module, emptied before each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text

from chassis.postgres import Database, run_migrations
from subgraphs.tweets.__main__ import MIGRATIONS


@pytest.fixture(scope="module")
def database_url(service_database: Callable[[str], str]) -> str:
    url = service_database("tweets")
    asyncio.run(run_migrations(url, MIGRATIONS))
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database.connect(database_url)
    async with database.transaction() as session:
        await session.execute(
            text("TRUNCATE tweets, likes, postkeys, authorcards, outbox, inbox, outbox_lease")
        )
    yield database
    await database.dispose()
