"""Neo4j through its driver: reads, transactions, and one error when it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, LiteralString, TypeAlias, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from neo4j import (
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncSession,
    Query,
    RoutingControl,
    unit_of_work,
)
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConnectionPoolError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from chassis.neo4j.events import Tx

T = TypeVar("T")
Row: TypeAlias = "Mapping[str, Any]"

CONNECT_SECONDS = 2.0
# How long to wait for one of the pool's connections while all are busy.
ACQUIRE_SECONDS = 5.0
# How long the driver repeats what failed in passing: deadlocks, a server that restarts.
RETRY_SECONDS = 2.0
# The server ends a transaction after this; the client gives up somewhat later.
STATEMENT_SECONDS = 5.0
REPLY_SECONDS = 8.0
AWAY = (
    AuthError,
    ConnectionPoolError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
    TimeoutError,
)


class StoreUnavailable(Exception):
    """The graph is away or did not answer in time; nothing was half done."""


class Graph:
    """A service's graph: a pool of connections to it.

    Transactions end after 5 seconds. After a restart of the server the pool is whole again with
    the first query that finds it up.
    """

    def __init__(self, driver: AsyncDriver) -> None:
        self.driver = driver

    @classmethod
    def connect(cls, url: str, *, pool_size: int = 20) -> Graph:
        """Make the pool; connections are opened when first needed.

        Args:
            url: `bolt://user:password@host:port`.
            pool_size: the most connections at once.
        """
        parts = urlsplit(url)
        place = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        driver = AsyncGraphDatabase.driver(  # pyright: ignore[reportUnknownMemberType] its options
            place,
            auth=auth,
            max_connection_pool_size=pool_size,
            connection_timeout=CONNECT_SECONDS,
            connection_acquisition_timeout=ACQUIRE_SECONDS,
            max_transaction_retry_time=RETRY_SECONDS,
            initial_retry_delay=0.1,
            # What the server remarks on (a label that no node has yet) is of no use to anybody.
            notifications_min_severity="OFF",
        )
        return cls(driver)

    async def read(self, query: LiteralString, parameters: Row | None = None) -> Sequence[Row]:
        """Run one query that changes nothing.

        Raises:
            StoreUnavailable: Neo4j is away.
        """
        with _one_error():
            async with asyncio.timeout(REPLY_SECONDS):
                found, _, _ = await self.driver.execute_query(
                    Query(query, timeout=STATEMENT_SECONDS),
                    dict(parameters or {}),
                    routing_=RoutingControl.READ,
                )
        return [row.data() for row in found]

    async def write(
        self, work: Callable[[Tx], Awaitable[T]], seconds: float = STATEMENT_SECONDS
    ) -> T:
        """Run `work` in a transaction, from the start again where it failed in passing.

        Args:
            work: gets the transaction, which commits when it returns.
            seconds: how long the transaction may take.

        Raises:
            StoreUnavailable: Neo4j is away.
        """
        bounded = unit_of_work(timeout=seconds)(work)
        with _one_error():
            async with asyncio.timeout(seconds + RETRY_SECONDS), self.session() as session:
                return await session.execute_write(bounded)

    async def stream(self, query: LiteralString) -> AsyncGenerator[Row, None]:
        """Give the rows of one query as they come, however many and however long it takes.

        Raises:
            StoreUnavailable: Neo4j is away, or went away between two of them.
        """
        with _one_error():
            async with self.session() as session:
                async for record in await session.run(query):
                    yield record.data()

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession, None]:
        """Open a session, for what is longer than one transaction may be."""
        async with self.driver.session() as session:  # pyright: ignore[reportUnknownMemberType] its options
            yield session

    async def ping(self) -> None:
        """Ask the server for an answer, once: whoever asks repeats the question at their own pace.

        Raises:
            StoreUnavailable: there is none.
        """
        with _one_error():
            async with asyncio.timeout(REPLY_SECONDS), self.session() as session:
                await (await session.run("RETURN 1")).consume()

    async def warm(self) -> None:
        """Open a connection, if the server is there; return after a few seconds all the same.

        Whoever is cancelled while the driver opens one leaves a socket behind.
        """
        with suppress(StoreUnavailable):
            await self.ping()

    async def close(self) -> None:
        """Close the pool."""
        await self.driver.close()


@contextmanager
def _one_error() -> Generator[None, None, None]:
    try:
        yield
    except AWAY as error:
        raise StoreUnavailable from error
    except ClientError as error:
        # The server calls its own bound on time the client's fault.
        if "TransactionTimedOut" in (error.code or ""):
            raise StoreUnavailable from error
        raise
