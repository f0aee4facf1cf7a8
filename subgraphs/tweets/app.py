"""The composition root: settings → store, bus → service → schema → server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.websockets import WebSocket

from chassis.bus import Bus, ConsumerOptions
from chassis.cursor import CursorSigner
from chassis.graphql import SubgraphEndpoint, viewer_id_of
from chassis.outbox import relaying
from chassis.postgres import Database, PostgresOutbox, StoreUnavailable
from chassis.server import ServiceApp, service_app
from subgraphs.tweets.consumer import DURABLE, SUBJECTS, AuthorCardConsumer
from subgraphs.tweets.loaders import Loaders
from subgraphs.tweets.schema import SCHEMA
from subgraphs.tweets.schema.context import Context, Cursors, Place
from subgraphs.tweets.service.authors import Authors
from subgraphs.tweets.service.threads import Threads
from subgraphs.tweets.settings import TweetsSettings

NAME: Final = "tweets"
# An event is not to blame for a store that is away: it waits.
WAITING: Final = ConsumerOptions(again=(StoreUnavailable,))


@dataclass(frozen=True)
class Parts:
    """What lives as long as the service does."""

    database: Database
    bus: Bus
    authors: Authors
    cursors: Cursors
    threads: Threads


class TweetsEndpoint(SubgraphEndpoint[Context]):
    """GraphQL; `parts` are there while the service's lifespan runs."""

    parts: Parts

    def __init__(self) -> None:
        super().__init__(SCHEMA)

    def context_of(self, asked: Request | WebSocket) -> Context:
        """Give each request, and each WebSocket, loaders of its own."""
        viewer_id, parts = viewer_id_of(asked), self.parts
        once = isinstance(asked, Request)
        loaders = Loaders(parts.database, parts.authors, viewer_id, remember=once)
        cards: dict[Place, bool] | None = {} if once else None
        return Context(viewer_id, parts.database, loaders, parts.cursors, parts.threads, cards)


def create_app(
    settings: TweetsSettings, *, playground: bool = False, consume: bool = True
) -> ServiceApp:
    """Join the rooms into the served app.

    Args:
        settings: from the environment.
        playground: answer everybody as nobody, without the router's signature.
        consume: read events; a replica may leave that to others.
    """
    endpoint = TweetsEndpoint()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        async with _open(settings) as parts, relaying(PostgresOutbox(parts.database), parts.bus):
            endpoint.parts = parts
            if consume:
                consumer = AuthorCardConsumer(parts.authors)
                await parts.bus.consume(DURABLE, SUBJECTS, consumer.handle, WAITING)
            yield

    async def ready() -> None:
        await endpoint.parts.database.ping()

    return service_app(
        NAME,
        graphql=endpoint,
        router_secret=None if playground else settings.router_secret.encode(),
        ready=ready,
        lifespan=lifespan,
    )


@asynccontextmanager
async def _open(settings: TweetsSettings) -> AsyncGenerator[Parts, None]:
    """Open the stores; NATS may be away, and is then connected to when it comes."""
    database = Database.connect(settings.database_url)
    bus = await Bus.connect(settings.nats_url, NAME)
    try:
        yield Parts(
            database,
            bus,
            Authors(database, bus.request),
            Cursors(CursorSigner(settings.cursor_secret)),
            Threads(database, bus),
        )
    finally:
        await bus.close()
        await database.dispose()
