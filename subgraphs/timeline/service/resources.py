"""What the use cases work with, for the life of the service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.bus import Bus
from chassis.postgres import Database
from subgraphs.timeline.service.bells import Bells
from subgraphs.timeline.service.building import Builder
from subgraphs.timeline.service.standing import Standing
from subgraphs.timeline.store.feeds import Feeds

# Of the ten connections to the database. A crowd that finds no feeds takes turns; all at the pool
# at once would wait for a connection until they fail.
READS_AT_ONCE: Final = 8


@dataclass(frozen=True)
class Resources:
    """The stores, the bus, and what is shared between requests.

    Attributes:
        database: the projection.
        feeds: in Redis.
        bus: rings and listens.
        standing: how far projection and feeds can be trusted.
        builder: makes feeds, one per person at a time.
        bells: whose feeds are listened to in this process.
        turns: of pages that are read from the projection.
    """

    database: Database
    feeds: Feeds
    bus: Bus
    standing: Standing
    builder: Builder
    bells: Bells
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READS_AT_ONCE))

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Read the projection for somebody who waits, when it is their turn.

        Raises:
            StoreUnavailable: Postgres is away.
        """
        async with self.turns, self.database.session() as session:
            yield session
