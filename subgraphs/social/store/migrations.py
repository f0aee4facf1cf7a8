"""Constraints and indexes, in numbered steps; a node `:Migration` for each that was taken."""

from __future__ import annotations

import asyncio
from typing import Final, LiteralString

import structlog
from neo4j import AsyncManagedTransaction

from chassis.neo4j import SCHEMA, Graph, StoreUnavailable

WAIT_SECONDS: Final = 180.0
RETRY_SECONDS: Final = 0.5

# Each statement may be repeated: two replicas may migrate at the same time.
MIGRATIONS: Final[tuple[tuple[LiteralString, ...], ...]] = (
    (
        *SCHEMA,
        "CREATE CONSTRAINT migration IF NOT EXISTS FOR (m:Migration) REQUIRE m.number IS UNIQUE",
        "CREATE INDEX unsent IF NOT EXISTS FOR (o:Unsent) ON (o.recordedAt)",
        "CREATE INDEX sent IF NOT EXISTS FOR (o:Outbox) ON (o.sentAt)",
        "CREATE INDEX handled IF NOT EXISTS FOR (i:Inbox) ON (i.handledAt)",
    ),
    (
        # A constraint, not only an index: MERGE is atomic on a unique property alone.
        "CREATE CONSTRAINT user_id IF NOT EXISTS FOR (u:User) REQUIRE u.id IS UNIQUE",
        "CREATE INDEX user_username IF NOT EXISTS FOR (u:User) ON (u.usernameKey)",
        "CREATE INDEX user_name IF NOT EXISTS FOR (u:User) ON (u.nameKey)",
        "CREATE INDEX user_created IF NOT EXISTS FOR (u:User) ON (u.createdMs)",
    ),
)

_DONE: Final = "MATCH (m:Migration) RETURN collect(m.number) AS numbers"
_MARK: Final = "MERGE (:Migration {number: $number})"
_AWAIT: Final = "CALL db.awaitIndexes(60)"


async def migrate(graph: Graph, wait_seconds: float = WAIT_SECONDS) -> None:
    """Take the steps that were not taken yet.

    Args:
        graph: to bring up to date.
        wait_seconds: how long to wait for a server that is not there yet.

    Raises:
        StoreUnavailable: Neo4j did not come in time.
    """
    await _wait(graph, wait_seconds)
    [found] = await graph.read(_DONE)
    for number, statements in enumerate(MIGRATIONS, 1):
        if number not in found["numbers"]:
            for statement in statements:
                await _run(graph, statement)
            await _run(graph, _MARK, number=number)
    await _run(graph, _AWAIT)


async def _wait(graph: Graph, seconds: float) -> None:
    log = structlog.get_logger(__name__)
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    await graph.ping()
                except StoreUnavailable:
                    log.info("neo4j_awaited")
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    return
    except TimeoutError as error:
        raise StoreUnavailable from error


async def _run(graph: Graph, statement: LiteralString, **parameters: int) -> None:
    async def work(tx: AsyncManagedTransaction) -> None:
        await (await tx.run(statement, parameters)).consume()

    # Beside `Graph.write`: an index of a large graph may take longer than a transaction may.
    async with graph.session() as session:
        await session.execute_write(work)
