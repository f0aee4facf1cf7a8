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
from chassis.neo4j import Graph, Neo4jOutbox, StoreUnavailable
from chassis.outbox import relaying
from chassis.server import ServiceApp, service_app
from subgraphs.social.consumer import DURABLE, SUBJECTS, PeopleConsumer
from subgraphs.social.loaders import Loaders
from subgraphs.social.model.errors import UsersUnavailable
from subgraphs.social.schema import SCHEMA
from subgraphs.social.schema.context import Context, Cursors
from subgraphs.social.service.following import Follows
from subgraphs.social.service.people import People
from subgraphs.social.settings import SocialSettings, StoreSettings
from subgraphs.social.store import migrations

NAME: Final = "social"
# An event is not to blame for what is away: it waits.
WAITING: Final = ConsumerOptions(again=(StoreUnavailable, UsersUnavailable))


@dataclass(frozen=True)
class Parts:
    """What lives as long as the service does."""

    graph: Graph
    outbox: Neo4jOutbox
    bus: Bus
    people: People
    follows: Follows
    cursors: Cursors


class SocialEndpoint(SubgraphEndpoint[Context]):
    """GraphQL; `parts` are there while the service's lifespan runs."""

    parts: Parts

    def __init__(self) -> None:
        super().__init__(SCHEMA)

    def context_of(self, asked: Request | WebSocket) -> Context:
        """Give each request loaders of its own."""
        viewer_id, parts = viewer_id_of(asked), self.parts
        loaders = Loaders(parts.graph, viewer_id)
        return Context(viewer_id, parts.graph, loaders, parts.cursors, parts.follows)


def create_app(
    settings: SocialSettings, *, playground: bool = False, consume: bool = True
) -> ServiceApp:
    """Join the rooms into the served app.

    Args:
        settings: from the environment.
        playground: answer everybody as nobody, without the router's signature.
        consume: read events; a replica may leave that to others.
    """
    endpoint = SocialEndpoint()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        async with _open(settings) as parts, relaying(parts.outbox, parts.bus):
            endpoint.parts = parts
            if consume:
                consumer = PeopleConsumer(parts.people)
                await parts.bus.consume(DURABLE, SUBJECTS, consumer.handle, WAITING)
            yield

    async def ready() -> None:
        await endpoint.parts.graph.ping()

    return service_app(
        NAME,
        graphql=endpoint,
        router_secret=None if playground else settings.router_secret.encode(),
        ready=ready,
        lifespan=lifespan,
    )


async def migrate(settings: StoreSettings | SocialSettings) -> None:
    """Bring the graph's constraints and indexes to this version, once Neo4j is there.

    Raises:
        StoreUnavailable: it did not come within three minutes.
    """
    graph = Graph.connect(settings.neo4j_url)
    try:
        await migrations.migrate(graph)
    finally:
        await graph.close()


@asynccontextmanager
async def _open(settings: SocialSettings) -> AsyncGenerator[Parts, None]:
    """Open graph and bus; either may be away, and is then connected to when it comes."""
    graph = Graph.connect(settings.neo4j_url)
    await graph.warm()
    bus = await Bus.connect(settings.nats_url, NAME)
    outbox = Neo4jOutbox(graph.driver)
    people = People(graph, bus.request)
    follows = Follows(graph, people, outbox.ring)
    try:
        yield Parts(
            graph, outbox, bus, people, follows, Cursors(CursorSigner(settings.cursor_secret))
        )
    finally:
        await bus.close()
        await graph.close()
