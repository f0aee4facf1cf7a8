"""One migrated graph, emptied for each test; the app on it and on a real NATS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.bus import Bus
from chassis.neo4j import Graph
from stack.nats import Nats
from stack.neo4j import Neo4j, url_for
from subgraphs.social.app import create_app
from subgraphs.social.settings import SocialSettings
from subgraphs.social.store.migrations import migrate
from tests.subgraphs.social.asking import Asker, Users, lifespan, settings_for


@pytest.fixture(scope="session")
def neo4j_url(neo4j_server: Neo4j) -> str:
    """A migrated graph."""
    url = url_for(neo4j_server.port, neo4j_server.password)
    asyncio.run(migrated(url))
    return url


async def migrated(url: str) -> None:
    graph = Graph.connect(url)
    await migrate(graph)
    await graph.close()


@pytest.fixture
async def graph(neo4j_url: str) -> AsyncIterator[Graph]:
    graph = Graph.connect(neo4j_url)
    await graph.driver.execute_query("MATCH (n) WHERE NOT n:Migration DETACH DELETE n")
    yield graph
    await graph.close()


@pytest.fixture
def settings(graph: Graph, neo4j_url: str, nats_server: Nats) -> SocialSettings:
    return settings_for(neo4j_url, nats_server.url_for("social"))


@pytest.fixture
async def asker(settings: SocialSettings) -> AsyncIterator[Asker]:
    """The served app with its consumers stopped."""
    app = create_app(settings, consume=False)
    async with lifespan(app):
        yield Asker.of(app)


@pytest.fixture
async def users_bus(nats_server: Nats) -> AsyncIterator[Bus]:
    """The bus as users has it: may answer for users, and publish users' events."""
    bus = await Bus.connect(nats_server.url_for("users"), "users")
    yield bus
    await bus.close()


@pytest.fixture
async def users(users_bus: Bus) -> Users:
    users = Users()
    await users_bus.reply("mt.ask.users.cards", "users", users.answer)
    return users
