"""Make a person's feed from the projection, once however many ask.

Begin first, then read, then fill: what happens after the beginning reaches the feed as an event,
what happened before it is in what is read, and whatever is told twice counts once.
"""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

import structlog

from chassis.envelope import uuid7
from chassis.postgres import Database, StoreUnavailable
from chassis.telemetry import traced
from subgraphs.timeline.model.values import BOTTOM
from subgraphs.timeline.store import pages, projection
from subgraphs.timeline.store.feed_words import Begun
from subgraphs.timeline.store.feeds import Feeds
from subgraphs.timeline.store.followers import follows_of
from subgraphs.timeline.store.scripts import FeedsUnavailable

# A feed takes a good part of a connection's time: the rest is for pages.
AT_ONCE: Final = 4
PATIENCE_SECONDS: Final = 1.0

_log: Final = structlog.get_logger(__name__)


class Builder:
    """Builds feeds: one per person at a time, in this process and among all, and few at once.

    Args:
        database: what feeds are made from.
        feeds: where they stand.
        at_once: how many are built at a time in this process.
    """

    def __init__(self, database: Database, feeds: Feeds, at_once: int = AT_ONCE) -> None:
        self._database = database
        self._feeds = feeds
        self._limit = asyncio.Semaphore(at_once)
        self._building: dict[UUID, asyncio.Task[bool]] = {}

    async def build(self, viewer: UUID, unfit: str = "") -> bool:
        """Build a feed, or wait for who does so in this process, for up to a second.

        Args:
            viewer: whose feed.
            unfit: the epoch of a feed that is there and shall be replaced.

        Returns:
            Whether there is a feed now. If not, others are being built, or Redis is away.
        """
        task = self._building.get(viewer)
        if task is None:
            if self._limit.locked():
                return False
            task = asyncio.create_task(self._limited(viewer, unfit))
            self._building[viewer] = task
            task.add_done_callback(lambda _: self._building.pop(viewer, None))
        done, _ = await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
        return bool(done) and task.result()

    async def close(self) -> None:
        """Give up what is being built."""
        tasks = list(self._building.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _limited(self, viewer: UUID, unfit: str) -> bool:
        async with self._limit:
            try:
                return await self._build(viewer, unfit)
            except (FeedsUnavailable, StoreUnavailable) as error:
                # Pages come from the database; whether that is there, they will say themselves.
                _log.warning("feed not built", error=repr(error))
                return False

    @traced
    async def _build(self, viewer: UUID, unfit: str) -> bool:
        async with self._database.session() as session:
            # Before all else: an effect that was left out later makes a later generation.
            generation = await projection.generation(session)
        epoch = uuid7().hex
        begun = await self._feeds.begin(viewer, epoch, generation, unfit)
        if begun is not Begun.BEGUN:
            return begun is Begun.THERE
        follows = await follows_of(self._database, viewer)
        async with self._database.session() as session:
            items = await pages.newest(session, viewer, self._feeds.size + 1)
        # The first that has no room says how far down the feed is complete.
        held = items[: self._feeds.size]
        bound = items[-1].position if len(items) > len(held) else BOTTOM
        return await self._feeds.fill(viewer, epoch, follows, held, bound)
