"""The real servers as fixtures: started when first asked for, once per run, on free ports."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack import fetch, jars, nats, neo4j, postgres, redis, roles, zipkin
from stack.folders import Folders
from stack.ports import free_port
from tests.servers import RunningServer, Servers

PROJECT = Folders.of(Path(__file__).resolve().parents[1], os.environ)
# Safe when a server is killed, not when the machine loses power: tests do only the former.
QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Starts further servers: `servers.start(Nats(…))` gives one with `stop`, `kill`, `start`."""
    servers = Servers()
    yield servers
    servers.close()


def new_postgres(servers: Servers) -> postgres.Postgres:
    binaries = postgres.find_binaries(os.environ)
    folder = servers.new_folder("postgres")
    return postgres.Postgres(binaries, folder, free_port(), secrets.token_hex(12), QUICK)


def new_nats(servers: Servers) -> nats.Nats:
    passwords = {user: secrets.token_hex(12) for user in nats.USERS}
    program = nats.find_server(os.environ)
    return nats.Nats(program, servers.new_folder("nats"), free_port(), passwords)


@pytest.fixture(scope="session")
def postgres_server(servers: Servers) -> postgres.Postgres:
    """A running Postgres; `.admin_url` is its superuser's URL. Tests want `service_database`."""
    server = new_postgres(servers)
    servers.start(server)
    return server


@pytest.fixture(scope="session")
def nats_server(servers: Servers) -> nats.Nats:
    """A running NATS: `.url` for the admin, `.url_for("users")` for a service's own user."""
    server = new_nats(servers)
    servers.start(server)
    return server


@pytest.fixture(scope="session")
def redis_server(servers: Servers) -> redis.Redis:
    """A running Redis; `.url` has the password. Use keys of your own, or delete what you write."""
    program = redis.find_server(os.environ)
    password = secrets.token_hex(12)
    server = redis.Redis(program, servers.new_folder("redis"), free_port(), password)
    servers.start(server)
    return server


@pytest.fixture(scope="session")
def neo4j_server(servers: Servers) -> neo4j.Neo4j:
    """A running Neo4j, after 10-40 s: `.url` and `.auth` for the driver. One graph for the run."""
    java = servers.run(fetch.ensure_java(PROJECT, os.environ, servers.log))
    folder = servers.run(jars.ensure_neo4j(PROJECT, os.environ, servers.log))
    server = neo4j.Neo4j(
        java,
        folder,
        servers.new_folder("neo4j"),
        free_port(),
        secrets.token_hex(12),
        jvm_options=neo4j.QUICK_START,
    )
    servers.start(server)
    return server


@pytest.fixture(scope="session")
def zipkin_server(servers: Servers) -> zipkin.Zipkin:
    """A running Zipkin, after about 10 s: `.url` is its origin, MT_TRACES `zipkin:` and that."""
    java = servers.run(fetch.ensure_java(PROJECT, os.environ, servers.log))
    jar = servers.run(jars.ensure_zipkin(PROJECT, os.environ, servers.log))
    server = zipkin.Zipkin(java, jar, servers.new_folder("zipkin"), free_port())
    servers.start(server)
    return server


@pytest.fixture
def own_postgres_server(servers: Servers) -> Iterator[RunningServer]:
    """A Postgres for one test that stops, kills or starts it; `.server.admin_url` is its URL."""
    running = servers.start(new_postgres(servers))
    yield running
    servers.end(running)


@pytest.fixture
def own_nats_server(servers: Servers) -> Iterator[RunningServer]:
    """A NATS for one test that stops, kills or starts it; `.server.url_for("users")` is a URL."""
    running = servers.start(new_nats(servers))
    yield running
    servers.end(running)


@pytest.fixture
def own_nats(own_nats_server: RunningServer) -> nats.Nats:
    """What `own_nats_server` runs: where it is, for whom."""
    assert isinstance(own_nats_server.server, nats.Nats)
    return own_nats_server.server


@pytest.fixture(scope="module")
def service_database(
    servers: Servers, postgres_server: postgres.Postgres
) -> Iterator[Callable[[str], str]]:
    """`service_database("users")` → MT_DATABASE_URL of a new database with that role and schema.

    Each call makes one; they are dropped after the module.
    """
    made: list[str] = []
    admin = postgres_server.admin_url
    # Roles belong to the whole server: one password, or an earlier URL would stop working.
    password = postgres_server.password

    def make(service: str) -> str:
        database = f"test_{secrets.token_hex(6)}"
        servers.run(roles.create_database(admin, database))
        made.append(database)
        return servers.run(roles.create_service(admin, database, service, password))

    yield make
    for database in made:
        servers.run(roles.drop_database(admin, database))
