"""Outbox and inbox in Neo4j, for a service whose truth is a graph.

An event is a node `:Outbox`, and `:Unsent` too until it is on the bus; whoever relays stands in the
one node `:OutboxLease`; what was handled is a node `:Inbox`. Run `SCHEMA` as a migration.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import LiteralString

from neo4j import AsyncDriver, AsyncManagedTransaction, AsyncTransaction

from chassis.envelope import Envelope
from chassis.outbox import LeaseLost

Tx = AsyncTransaction | AsyncManagedTransaction

# Constraints, not only indexes: MERGE is atomic on a unique property alone.
SCHEMA: tuple[LiteralString, ...] = (
    "CREATE CONSTRAINT outbox_id IF NOT EXISTS FOR (o:Outbox) REQUIRE o.id IS UNIQUE",
    "CREATE CONSTRAINT outbox_lease IF NOT EXISTS FOR (l:OutboxLease) REQUIRE l.name IS UNIQUE",
    "CREATE CONSTRAINT inbox_key IF NOT EXISTS FOR (i:Inbox) REQUIRE i.key IS UNIQUE",
)

_RECORD = """
    CREATE (:Outbox:Unsent {
        id: $id, subject: $subject, aggversion: $aggversion, body: $body,
        recordedAt: datetime.realtime()
    })
"""

_HANDLE = "MERGE (i:Inbox {key: $key}) ON CREATE SET i.handledAt = datetime.realtime()"

# The first SET locks the node, so that what the next line reads is nobody's old news.
_LEASE = """
    MERGE (l:OutboxLease {name: 'relay'})
    SET l.asked = $holder
    WITH l WHERE l.holder IS NULL OR l.holder = $holder OR l.expiresAt <= datetime.realtime()
    SET l.holder = $holder,
        l.expiresAt = datetime.realtime() + duration({milliseconds: $milliseconds})
    RETURN true
"""

_RELEASE = "MATCH (l:OutboxLease {holder: $holder}) DELETE l"

_HOLDS = """
    MATCH (l:OutboxLease {name: 'relay'})
    SET l.asked = $holder
    WITH l WHERE l.holder = $holder AND l.expiresAt > datetime.realtime()
    RETURN true
"""

# Changes of one aggregate wait for each other (its version lives on its node), so the times at
# which they recorded are in order.
_PENDING = """
    MATCH (o:Unsent)
    RETURN o.body AS body
    ORDER BY o.recordedAt, o.aggversion
    LIMIT $limit
"""

_MARK = """
    MATCH (o:Outbox) WHERE o.id IN $ids
    SET o.sentAt = datetime.realtime()
    REMOVE o:Unsent
"""

_FORGET_SENT = """
    MATCH (o:Outbox)
    WHERE o.sentAt <= datetime.realtime() - duration({milliseconds: $milliseconds})
    WITH o LIMIT $limit
    DELETE o
    RETURN count(*) AS gone
"""

_FORGET_HANDLED = """
    MATCH (i:Inbox) WHERE i.handledAt < datetime.realtime() - duration({days: 30})
    WITH i LIMIT $limit
    DELETE i
    RETURN count(*) AS gone
"""

# What one transaction may delete well within its time.
FORGET_AT_ONCE = 5_000


async def record(tx: Tx, envelope: Envelope) -> None:
    """Write `envelope` in the caller's transaction, so that it exists exactly when the change does.

    Take the aggregate's next version in the same transaction before, by a SET on its node.

    Raises:
        EventTooLarge: more than 64 KiB encoded.
    """
    row = {
        "id": envelope.id,
        "subject": envelope.subject,
        "aggversion": envelope.aggversion,
        "body": envelope.to_bytes(),
    }
    await (await tx.run(_RECORD, row)).consume()


async def handle_once(tx: Tx, consumer: str, event_id: str) -> bool:
    """Say whether `consumer` meets this event for the first time, and remember it.

    Call it first in the transaction of the effect: a second delivery waits for the first one's
    end, and gets False when that one committed.
    """
    result = await tx.run(_HANDLE, {"key": f"{consumer} {event_id}"})
    return (await result.consume()).counters.nodes_created > 0


class Neo4jOutbox:
    """Implements `chassis.outbox.Outbox` on nodes.

    Neo4j calls nobody: whoever records in this process may `ring` after the commit, or the relay
    finds the event with its next poll.
    """

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver
        self._holder = ""
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """Say that something was committed."""
        self._bell.set()

    async def lease(self, holder: str, seconds: float) -> bool:
        """Take or prolong the right to relay, unless another holder has it."""
        self._holder = holder
        asked = {"holder": holder, "milliseconds": int(seconds * 1000)}
        records, _, _ = await self._driver.execute_query(_LEASE, asked)
        return bool(records)

    async def release(self, holder: str) -> None:
        """Give the right back."""
        await self._driver.execute_query(_RELEASE, {"holder": holder})

    async def pending(self, limit: int) -> Sequence[Envelope]:
        """Up to `limit` events not yet sent; see `Outbox.pending`."""

        async def read(tx: AsyncManagedTransaction) -> list[bytes]:
            await self._check_lease(tx)
            return [found["body"] async for found in await tx.run(_PENDING, {"limit": limit})]

        async with self._driver.session() as session:  # pyright: ignore[reportUnknownMemberType] `config`
            return [Envelope.from_bytes(body) for body in await session.execute_write(read)]

    async def mark_sent(self, ids: Sequence[str]) -> None:
        """Remember that these are on the bus; see `Outbox.mark_sent`."""

        async def mark(tx: AsyncManagedTransaction) -> None:
            await self._check_lease(tx)
            await (await tx.run(_MARK, {"ids": list(ids)})).consume()

        async with self._driver.session() as session:  # pyright: ignore[reportUnknownMemberType] `config`
            await session.execute_write(mark)

    async def forget_sent(self, keep_seconds: float) -> bool:
        """Delete events sent longer ago than that, and what was handled 30 days ago.

        Of each 5,000 at most: gives whether some may be left.
        """
        asked = {"milliseconds": int(keep_seconds * 1000), "limit": FORGET_AT_ONCE}
        sent, _, _ = await self._driver.execute_query(_FORGET_SENT, asked)
        handled, _, _ = await self._driver.execute_query(_FORGET_HANDLED, asked)
        return FORGET_AT_ONCE in (sent[0]["gone"], handled[0]["gone"])

    async def wait_for_work(self, seconds: float) -> None:
        """Return when somebody rings, at the latest after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return
        self._bell.clear()

    async def _check_lease(self, tx: AsyncManagedTransaction) -> None:
        if await (await tx.run(_HOLDS, {"holder": self._holder})).single() is None:
            raise LeaseLost
