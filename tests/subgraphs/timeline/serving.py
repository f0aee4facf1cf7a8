"""The service without its GraphQL, on real stores: events go in by hand, pages come out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from chassis.envelope import Envelope
from chassis.postgres import Database
from subgraphs.timeline.app import Parts, opened
from subgraphs.timeline.consumer import TimelineConsumer
from subgraphs.timeline.model.values import Home, TimelineState, Window
from subgraphs.timeline.service import reading
from subgraphs.timeline.service.resources import Resources
from subgraphs.timeline.service.standing import Standing
from subgraphs.timeline.settings import TimelineSettings
from subgraphs.timeline.store import pages

SECRET = "a secret of 32 characters or more"


def settings_for(
    database_url: str, nats_url: str, redis_url: str, **other: Any
) -> TimelineSettings:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 0,
        "nats_url": nats_url,
        "router_secret": SECRET,
        "cursor_secret": SECRET,
        "traces": "off",
        "log_level": "info",
        "database_url": database_url,
        "redis_url": redis_url,
        "feed_size": 800,
        "feed_log_size": 400,
        "feed_days": 7,
    }
    return TimelineSettings(**given | other)


class Service:
    """One replica of the service."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.consumer = TimelineConsumer(parts.arriving)

    @property
    def resources(self) -> Resources:
        return self.parts.resources

    @property
    def database(self) -> Database:
        return self.resources.database

    async def take(self, *events: Envelope) -> None:
        """Handle events as if they were delivered, one after the other."""
        for event in events:
            await self.consumer.handle(event)

    async def take_together(self, *events: Envelope) -> None:
        """Handle events beside each other, as a batch is."""
        for start in range(0, len(events), 32):
            batch = events[start : start + 32]
            await asyncio.gather(*(self.consumer.handle(event) for event in batch))

    async def home(self, viewer: UUID, size: int = 20, **window: Any) -> Home:
        return await reading.home(self.resources, viewer, Window(size, **window))

    async def whole(self, viewer: UUID, size: int = 20) -> list[UUID]:
        """Page from the top to the end; every page but the last is full."""
        ids, start = list[UUID](), None
        while True:
            home = await self.home(viewer, size, start=start)
            ids += ids_of(home)
            if not home.page.has_next:
                return ids
            assert len(home.page.items) == size
            start = home.page.items[-1].position

    async def pulled(self, viewer: UUID, size: int = 20) -> list[UUID]:
        """The same from the projection alone."""
        ids, window = list[UUID](), Window(size)
        while True:
            async with self.database.session() as session:
                page = await pages.home_page(session, viewer, window)
            ids += [item.position.id for item in page.items]
            if not page.has_next:
                return ids
            window = Window(size, page.items[-1].position)

    async def ready(self, viewer: UUID) -> Home:
        """Have a feed made, as the first read does."""
        home = await self.home(viewer)
        assert home.state is TimelineState.READY
        return home


class ReadsNoEvents(Standing):
    """Of a replica that has no consumers, so that nothing waits for it."""

    async def _behind(self) -> bool:
        return not self._bus.is_connected


@asynccontextmanager
async def serving(settings: TimelineSettings) -> AsyncGenerator[Service, None]:
    """Run a replica that reads no events by itself, and so is never behind."""
    async with opened(settings) as parts:
        ours = parts.resources
        standing = ReadsNoEvents(ours.database, ours.bus, ())
        yield Service(replace(parts, resources=replace(ours, standing=standing)))


def ids_of(home: Home) -> Sequence[UUID]:
    return [item.position.id for item in home.page.items]
