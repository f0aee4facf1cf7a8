"""The tables of outbox and inbox, and what a service writes to them in its own transactions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from alembic.operations import Operations
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.envelope import Envelope

# One statement for the row and the wake-up call, which Postgres delivers when it commits.
_RECORD = text("""
    WITH recorded AS (
        INSERT INTO outbox (event_id, subject, aggversion, body)
        VALUES (:event_id, :subject, :aggversion, :body)
    )
    SELECT pg_notify('outbox_' || current_schema(), '')
""")

_HANDLE = text("""
    INSERT INTO inbox (consumer, event_id) VALUES (:consumer, :event_id)
    ON CONFLICT DO NOTHING
    RETURNING true
""")


@dataclass(frozen=True)
class EventTables:
    """A service's event tables, in its own `MetaData`.

    Attributes:
        outbox: events recorded; `sent_at` is null until the relay has sent them.
        inbox: (consumer, event) that were handled.
        lease: one row, whoever relays.
    """

    outbox: Table
    inbox: Table
    lease: Table


def event_tables(metadata: MetaData) -> EventTables:
    """Add the three tables to `metadata`; names carry no schema, the role's path has it."""
    outbox = Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", Uuid, nullable=False, unique=True),
        Column("subject", Text, nullable=False),
        Column("aggversion", Integer, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("recorded_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
        Column("sent_at", DateTime(timezone=True)),
    )
    Index("outbox_pending", outbox.c.id, postgresql_where=outbox.c.sent_at.is_(None))
    Index("outbox_sent", outbox.c.sent_at, postgresql_where=outbox.c.sent_at.is_not(None))
    inbox = Table(
        "inbox",
        metadata,
        Column("consumer", Text, primary_key=True),
        Column("event_id", Uuid, primary_key=True),
        Column("handled_at", DateTime(timezone=True), server_default=func.now(), nullable=False),
    )
    lease = Table(
        "outbox_lease",
        metadata,
        Column("name", Text, primary_key=True),
        Column("holder", Text, nullable=False),
        Column("expires_at", DateTime(timezone=True), nullable=False),
    )
    return EventTables(outbox, inbox, lease)


def create_event_tables(op: Operations) -> None:
    """Make the tables, from a migration: `create_event_tables(op)` with Alembic's `op`."""
    metadata = MetaData()
    event_tables(metadata)
    metadata.create_all(op.get_bind(), checkfirst=False)


async def record(session: AsyncSession, envelope: Envelope) -> None:
    """Write `envelope` in the caller's transaction, so that it exists exactly when the change does.

    Never commits. Take the aggregate's next version under a lock on its row (an UPDATE does), so
    that its events are recorded in the order of their versions.

    Raises:
        EventTooLarge: more than 64 KiB encoded.
        StoreUnavailable: Postgres is away.
    """
    row = {
        "event_id": uuid.UUID(envelope.id),
        "subject": envelope.subject,
        "aggversion": envelope.aggversion,
        "body": envelope.to_bytes(),
    }
    await session.execute(_RECORD, row)


async def handle_once(session: AsyncSession, consumer: str, event_id: str) -> bool:
    """Say whether `consumer` meets this event for the first time, and remember it.

    Call it first in the transaction of the effect: a second delivery waits for the first one's
    end, and gets False when that one committed.

    Raises:
        StoreUnavailable: Postgres is away.
    """
    keys = {"consumer": consumer, "event_id": uuid.UUID(event_id)}
    return (await session.execute(_HANDLE, keys)).first() is not None
