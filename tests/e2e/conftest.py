"""One running system for all end-to-end tests of a run, and the same in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from neo4j import AsyncGraphDatabase

from stack import neo4j, redis
from tests.conftest import new_nats
from tests.e2e.client import Client
from tests.e2e.in_process import running_network
from tests.e2e.live import LiveClients, NodeClients
from tests.e2e.system import System
from tests.e2e.waiting import wait_for
from tests.network import Places, settings_for
from tests.servers import Servers


@pytest.fixture(scope="session")
def system(servers: Servers) -> Iterator[System]:
    """The system as separate processes; a test that kills a part starts it again."""
    system = System(servers)
    try:
        system.start()
        follow_once(system.http)
        yield system
    finally:
        system.stop()


@pytest.fixture(scope="session")
def node_clients() -> Iterator[NodeClients]:
    """Clients of the npm package graphql-ws, for any router."""
    clients = NodeClients()
    yield clients
    clients.stop()


@dataclass(frozen=True)
class Origin:
    """One way to the router: over separate processes, or over one.

    Attributes:
        http: a plain HTTP client of it.
        live: opens subscriptions to it.
    """

    http: httpx.Client
    live: LiveClients


@pytest.fixture(scope="module")
def network(
    servers: Servers,
    service_database: Callable[[str], str],
    neo4j_server: neo4j.Neo4j,
    redis_server: redis.Redis,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Origin]:
    """The system in this process, with a NATS of its own."""
    nats = new_nats(servers)
    running = servers.start(nats)
    graph = neo4j.url_for(neo4j_server.port, neo4j_server.password)
    servers.run(empty_graph(neo4j_server))
    places = Places(service_database, nats.url_for, graph, redis_server.url)
    settings = settings_for(places, tmp_path_factory.mktemp("network"))
    with running_network(settings) as found:
        follow_once(found.http)
        yield Origin(found.http, found.live)
    servers.end(running)


def follow_once(http: httpx.Client) -> None:
    """Wait for a first write to the graph: it takes seconds, until Neo4j has planned it."""
    alice, bob = Client(http), Client(http)
    alice.sign_up("alice")
    bob.sign_up("bob")
    target = alice.id
    wait_for(lambda: bob.send("follow", userId=target), lambda a: "errors" not in a, seconds=60)


async def empty_graph(server: neo4j.Neo4j) -> None:
    """Delete what other tests have left: events that wait in it would reach this NATS."""
    async with AsyncGraphDatabase.driver(server.url, auth=server.auth) as driver:
        await driver.execute_query("MATCH (node) DETACH DELETE node")


@pytest.fixture(scope="module", params=["processes", "in-process"])
def origin(request: pytest.FixtureRequest) -> Origin:
    """The router, over separate processes and over one."""
    if request.param == "in-process":
        return request.getfixturevalue("network")
    system: System = request.getfixturevalue("system")
    clients: NodeClients = request.getfixturevalue("node_clients")
    return Origin(system.http, clients.at(system.url("router")))


@pytest.fixture(scope="module")
def http(origin: Origin) -> httpx.Client:
    """A client of the router, over separate processes and over one."""
    return origin.http
