"""A users service on a real Postgres: its resources, a clock to turn, and its GraphQL."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import event, text
from starlette.applications import Starlette

from chassis.envelope import Envelope
from chassis.identity import TokenSigner
from chassis.postgres import Database, run_migrations
from chassis.server import service_app
from subgraphs.users.app import MIGRATIONS, UsersEndpoint
from subgraphs.users.service.passwords import Passwords
from subgraphs.users.service.resources import Resources
from tests.subgraphs.users.subgraph import SECRET, Subgraph


class Clock:
    """A clock that stands until it is turned."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


class CountingHasher(PasswordHasher):
    """The real thing with light parameters, that counts."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.hashed = 0
        self.compared = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.hashed += 1
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.compared += 1
        return super().verify(hash, password)


def token_key() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(scope="module")
def database_url(service_database: Callable[[str], str]) -> str:
    url = service_database("users")
    asyncio.run(run_migrations(url, MIGRATIONS))
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database, None]:
    database = Database.connect(database_url)
    yield database
    await database.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
def resources(database: Database, clock: Clock, hasher: CountingHasher) -> Resources:
    return Resources(
        database=database,
        passwords=Passwords(threads=2, queue=200, hasher=hasher),
        signer=TokenSigner(token_key(), issuer="users", audience="microtwitt"),
        now=clock,
    )


@pytest.fixture
def events(database: Database) -> Callable[[uuid.UUID | str], Any]:
    """`await events(user_id)` → the recorded events about a user, oldest first."""

    async def recorded(subject: uuid.UUID | str) -> list[Envelope]:
        query = text("SELECT body FROM outbox WHERE subject = :subject ORDER BY id")
        async with database.session() as session:
            rows = await session.execute(query, {"subject": str(subject)})
            return [Envelope.from_bytes(body) for body in rows.scalars()]

    return recorded


@dataclass
class Statements:
    """The SQL statements that a block sent."""

    sent: list[str] = field(default_factory=list)


@pytest.fixture
def statements(database: Database) -> Callable[[], Any]:
    """`async with statements() as counted:` collects what Postgres is asked meanwhile."""

    @asynccontextmanager
    async def counting() -> AsyncGenerator[Statements, None]:
        counted = Statements()

        def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            counted.sent.append(statement)

        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        yield counted
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)

    return counting


def subgraph_over(resources: Resources) -> Subgraph:
    """The service's GraphQL behind its gate, with nothing to open and no NATS."""

    @asynccontextmanager
    async def nothing(_: Starlette) -> AsyncGenerator[None, None]:
        yield

    app = service_app(
        "users",
        graphql=UsersEndpoint(resources),
        router_secret=SECRET.encode(),
        ready=resources.database.ping,
        lifespan=nothing,
    )
    return Subgraph(app)


@pytest.fixture
def subgraph(resources: Resources) -> Subgraph:
    return subgraph_over(resources)


@pytest.fixture
def over() -> Callable[[Resources], Subgraph]:
    """`over(resources)`: the subgraph over other resources."""
    return subgraph_over
