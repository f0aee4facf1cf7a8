"""The composition root: settings → stores, bus → service → schema → server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.websockets import WebSocket

from chassis.bus import Bus, ConsumerOptions
from chassis.cursor import CursorSigner
from chassis.graphql import SubgraphEndpoint, viewer_id_of
from chassis.postgres import Database, StoreUnavailable
from chassis.server import ServiceApp, service_app
from subgraphs.timeline.consumer import SUBJECTS, TimelineConsumer
from subgraphs.timeline.schema import SCHEMA
from subgraphs.timeline.schema.context import Context, Cursors
from subgraphs.timeline.service.arriving import Arriving
from subgraphs.timeline.service.bells import Bells
from subgraphs.timeline.service.building import Builder
from subgraphs.timeline.service.effects import Effects
from subgraphs.timeline.service.resources import Resources
from subgraphs.timeline.service.standing import Standing
from subgraphs.timeline.settings import TimelineSettings
from subgraphs.timeline.store.feeds import Feeds
from subgraphs.timeline.store.scripts import Scripts

NAME: Final = "timeline"
# An event is not to blame for a store that is away: it waits.
WAITING: Final = ConsumerOptions(again=(StoreUnavailable,))
MIGRATIONS: Final = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Parts:
    """What lives as long as the service does."""

    resources: Resources
    arriving: Arriving
    cursors: Cursors


class TimelineEndpoint(SubgraphEndpoint[Context]):
    """GraphQL; `parts` are there while the service's lifespan runs."""

    parts: Parts

    def __init__(self) -> None:
        super().__init__(SCHEMA)

    def context_of(self, asked: Request | WebSocket) -> Context:
        """Say who asks, and through what to answer."""
        return Context(viewer_id_of(asked), self.parts.resources, self.parts.cursors)


def create_app(
    settings: TimelineSettings, *, playground: bool = False, consume: bool = True
) -> ServiceApp:
    """Join the rooms into the served app.

    Args:
        settings: from the environment.
        playground: answer everybody as nobody, without the router's signature.
        consume: read events; a replica may leave that to others.
    """
    endpoint = TimelineEndpoint()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        async with opened(settings) as parts:
            endpoint.parts = parts
            if consume:
                consumer = TimelineConsumer(parts.arriving)
                for durable, subjects in SUBJECTS.items():
                    await parts.resources.bus.consume(durable, subjects, consumer.handle, WAITING)
            yield

    async def ready() -> None:
        # Without Redis pages come from Postgres: slower, and whole.
        await endpoint.parts.resources.database.ping()

    return service_app(
        NAME,
        graphql=endpoint,
        router_secret=None if playground else settings.router_secret.encode(),
        ready=ready,
        lifespan=lifespan,
    )


@asynccontextmanager
async def opened(settings: TimelineSettings) -> AsyncGenerator[Parts, None]:
    """Open the stores; NATS and Redis may be away, and are used when they come."""
    database = Database.connect(settings.database_url)
    scripts = Scripts(settings.redis_url)
    bus = await Bus.connect(settings.nats_url, NAME)
    feeds = Feeds(
        scripts,
        size=settings.feed_size,
        log_size=settings.feed_log_size,
        keep_seconds=max(1, round(settings.feed_days * 86_400)),
    )
    builder = Builder(database, feeds)
    resources = Resources(
        database, feeds, bus, Standing(database, bus, tuple(SUBJECTS)), builder, Bells(bus)
    )
    try:
        arriving = Arriving(database, Effects(database, feeds, bus))
        yield Parts(resources, arriving, Cursors(CursorSigner(settings.cursor_secret)))
    finally:
        await builder.close()
        await bus.close()
        await scripts.close()
        await database.dispose()
