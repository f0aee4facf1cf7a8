"""The outbox in Postgres: woken by NOTIFY, swept by a poll, guarded by a lease row."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from typing import Protocol, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs] it has none; `_Listener` gives types
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.envelope import Envelope
from chassis.outbox import LeaseLost
from chassis.postgres.database import Database, StoreUnavailable

# Read as one view, so that pending rows of one aggregate are all there or not yet there: their
# transactions waited for each other. Never "id > last": a lower id may commit later.
_PENDING = text("""
    SELECT body FROM outbox
    WHERE sent_at IS NULL
    ORDER BY id
    LIMIT :limit
""")

_LEASE = text("""
    INSERT INTO outbox_lease AS lease (name, holder, expires_at)
    VALUES ('relay', :holder, now() + make_interval(secs => :seconds))
    ON CONFLICT (name) DO UPDATE
    SET holder = excluded.holder, expires_at = excluded.expires_at
    WHERE lease.holder = excluded.holder OR lease.expires_at <= now()
    RETURNING true
""")

_RELEASE = text("DELETE FROM outbox_lease WHERE holder = :holder")

# FOR SHARE: nobody can take the lease between this look and the end of the transaction.
_HOLDS = text("""
    SELECT true FROM outbox_lease
    WHERE name = 'relay' AND holder = :holder AND expires_at > now()
    FOR SHARE
""")

_MARK = text("UPDATE outbox SET sent_at = now() WHERE event_id = ANY(:ids) AND sent_at IS NULL")

_FORGET_SENT = text("""
    DELETE FROM outbox WHERE id IN (
        SELECT id FROM outbox
        WHERE sent_at < now() - make_interval(secs => :seconds)
        LIMIT :limit
    )
    RETURNING true
""")

_FORGET_HANDLED = text("""
    DELETE FROM inbox WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM inbox WHERE handled_at < now() - interval '30 days' LIMIT :limit
    ))
    RETURNING true
""")

# What one statement may delete well within its time.
FORGET_AT_ONCE = 5_000


class _Listener(Protocol):
    """What we use of asyncpg's connection."""

    async def fetchval(self, query: str) -> object: ...
    async def add_listener(self, channel: object, callback: Callable[..., None]) -> None: ...
    def is_closed(self) -> bool: ...
    def terminate(self) -> None: ...


class PostgresOutbox:
    """Implements `chassis.outbox.Outbox` on the tables of `event_tables`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = ""
        self._bell = asyncio.Event()
        self._listener: _Listener | None = None

    async def lease(self, holder: str, seconds: float) -> bool:
        """Take or prolong the right to relay, unless another holder has it."""
        self._holder = holder
        async with self._database.transaction() as session:
            taken = await session.execute(_LEASE, {"holder": holder, "seconds": seconds})
            return taken.first() is not None

    async def release(self, holder: str) -> None:
        """Give the right back, and stop to listen."""
        if self._listener is not None:
            self._listener.terminate()
            self._listener = None
        async with self._database.transaction() as session:
            await session.execute(_RELEASE, {"holder": holder})

    async def pending(self, limit: int) -> Sequence[Envelope]:
        """Up to `limit` events not yet sent; see `Outbox.pending`."""
        async with self._database.transaction() as session:
            await self._check_lease(session)
            rows = await session.execute(_PENDING, {"limit": limit})
            return [Envelope.from_bytes(body) for body in rows.scalars()]

    async def mark_sent(self, ids: Sequence[str]) -> None:
        """Remember that these are on the bus; see `Outbox.mark_sent`."""
        async with self._database.transaction() as session:
            await self._check_lease(session)
            await session.execute(_MARK, {"ids": [uuid.UUID(event_id) for event_id in ids]})

    async def forget_sent(self, keep_seconds: float) -> bool:
        """Delete events sent longer ago than that, and what was handled 30 days ago.

        The bus keeps events for 14 days, so no delivery comes that late. Of each 5,000 at most:
        gives whether some may be left.
        """
        most = {"limit": FORGET_AT_ONCE}
        async with self._database.transaction() as session:
            sent = await session.execute(_FORGET_SENT, {"seconds": keep_seconds, **most})
            handled = await session.execute(_FORGET_HANDLED, most)
            return FORGET_AT_ONCE in (len(sent.all()), len(handled.all()))

    async def wait_for_work(self, seconds: float) -> None:
        """Return when a transaction recorded an event, at the latest after `seconds`."""
        if self._listener is None or self._listener.is_closed():
            await self._listen()
            # What was recorded before we listened rang no bell.
            return
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return
        self._bell.clear()

    async def _listen(self) -> None:
        url = make_url(self._database.url).set(drivername="postgresql")
        try:
            opened = await asyncpg.connect(url.render_as_string(hide_password=False), timeout=5)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] as above
            # Ours from here on: whatever stops what follows, `release` hangs up.
            self._listener = listener = cast("_Listener", opened)
            channel = await listener.fetchval("SELECT 'outbox_' || current_schema()")
            await listener.add_listener(channel, self._ring)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            if self._listener is not None:
                self._listener.terminate()
                self._listener = None
            raise StoreUnavailable from error

    def _ring(self, *_: object) -> None:
        self._bell.set()

    async def _check_lease(self, session: AsyncSession) -> None:
        if (await session.execute(_HOLDS, {"holder": self._holder})).first() is None:
            raise LeaseLost
