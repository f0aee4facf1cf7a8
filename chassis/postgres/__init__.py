"""A service's own Postgres: transactions, event tables, the outbox that is kept there, migrations.

Only services whose group has SQLAlchemy and asyncpg import this.
"""

from __future__ import annotations

from chassis.postgres.database import Database, StoreUnavailable
from chassis.postgres.events import (
    EventTables,
    create_event_tables,
    event_tables,
    handle_once,
    record,
)
from chassis.postgres.migrations import run_migrations
from chassis.postgres.outbox import PostgresOutbox

__all__ = [
    "Database",
    "EventTables",
    "PostgresOutbox",
    "StoreUnavailable",
    "create_event_tables",
    "event_tables",
    "handle_once",
    "record",
    "run_migrations",
]
