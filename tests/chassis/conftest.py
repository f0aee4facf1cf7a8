"""A service's database with its event tables, a bus, and events of a kind of the test's own."""

from __future__ import annotations

import secrets
import string
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from chassis.bus import Bus
from chassis.envelope import Envelope
from chassis.postgres import Database, run_migrations
from stack.nats import Nats

MIGRATION = '''
"""event tables, and what the effects of tests are written to"""
import sqlalchemy as sa
from alembic import op
from chassis.postgres import create_event_tables

revision = "0001"
down_revision = None

def upgrade():
    create_event_tables(op)
    op.create_table(
        "effect",
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
'''


@pytest.fixture(scope="module")
def migrations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrations")
    (folder / "versions").mkdir()
    (folder / "versions" / "0001_events.py").write_text(MIGRATION)
    return folder


@pytest.fixture
async def database_url(service_database: Callable[[str], str], migrations: Path) -> str:
    url = service_database("users")
    await run_migrations(url, migrations)
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database.connect(database_url)
    yield database
    await database.dispose()


@pytest.fixture
async def bus(nats_server: Nats) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_server.url_for("users"), "users")
    await bus.ensure_streams()
    yield bus
    await bus.close()


@pytest.fixture
def kind() -> str:
    """A type of events that no other test uses, so that one server serves all tests."""
    word = "".join(secrets.choice(string.ascii_lowercase) for _ in range(12))
    return f"users.{word}.changed"


@pytest.fixture
def event(kind: str) -> Callable[..., Envelope]:
    def make(subject: str = "a", version: int = 1) -> Envelope:
        return Envelope.new(
            kind, source="users", subject=subject, aggversion=version, data={"n": version}
        )

    return make


@pytest.fixture
def durable() -> str:
    return "durable_" + secrets.token_hex(6)
