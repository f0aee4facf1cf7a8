"""Postgres through SQLAlchemy and asyncpg: transactions, reads, and one error when it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs] it has none
import sqlalchemy

# Typed, but without the marker that says so.
from opentelemetry.instrumentation.sqlalchemy.engine import EngineTracer  # pyright: ignore[reportMissingTypeStubs]
from opentelemetry.metrics import NoOpMeter
from sqlalchemy import Dialect, ExceptionContext, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from chassis.telemetry import tracer_provider

STATEMENT_SECONDS = 2
# When the server cannot even cancel the statement, the client gives up.
REPLY_SECONDS = 5
# A process that was stopped in a transaction must not hold up the others for longer.
IDLE_SECONDS = 5
# SQLSTATE classes: connection, resources, operator intervention (also: statement timeout), and
# the idle transaction's end.
AWAY = ("08", "53", "57", "25P03")


class StoreUnavailable(Exception):
    """The database is away or did not answer in time; nothing was half done."""


class Database:
    """A service's own database: a pool of connections to it.

    Statements end after 2 seconds. After a restart of the server the pool is whole again with the
    first query that finds it up.
    """

    def __init__(self, url: str, engine: AsyncEngine) -> None:
        self.url = url
        self.engine = engine
        self._writes = async_sessionmaker(engine, expire_on_commit=False)
        reads = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reads = async_sessionmaker(reads, expire_on_commit=False)

    @classmethod
    def connect(
        cls, url: str, *, pool_size: int = 10, reply_seconds: float | None = REPLY_SECONDS
    ) -> Database:
        """Make the pool; connections are opened when first needed.

        Args:
            url: MT_DATABASE_URL, `postgresql+asyncpg://…`.
            pool_size: the most connections held, all told.
            reply_seconds: how long the client waits for the answer to a statement; None, for
                commands on many rows, as long as it takes: the server's own bound still holds.
        """
        timeout = str(STATEMENT_SECONDS * 1000)
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=STATEMENT_SECONDS,
            connect_args={
                "timeout": REPLY_SECONDS,
                "command_timeout": reply_seconds,
                "server_settings": {
                    "statement_timeout": timeout,
                    "idle_in_transaction_session_timeout": str(IDLE_SECONDS * 1000),
                    "jit": "off",
                },
            },
        )
        event.listen(engine.sync_engine, "do_connect", _connect)
        event.listen(engine.sync_engine, "handle_error", _name_absence)
        event.listen(engine.sync_engine, "checkout", _leave_out_closed)
        _trace(engine)
        return cls(url, engine)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncSession, None]:
        """One transaction: committed at the end of the block, undone by any exception.

        Raises:
            StoreUnavailable: also when only the commit was not answered; then it may have
                happened, as with every database.
        """
        async with _naming_full_pool(), self._writes() as session, session.begin():
            yield session

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession, None]:
        """For reads: one round trip per statement, each with a view of its own.

        Raises:
            StoreUnavailable: the database is away.
        """
        async with _naming_full_pool(), self._reads() as session:
            yield session

    async def ping(self) -> None:
        """Ask for an answer.

        Raises:
            StoreUnavailable: there is none.
        """
        async with self.session() as session:
            await session.execute(sqlalchemy.text("SELECT 1"))

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


@asynccontextmanager
async def _naming_full_pool() -> AsyncGenerator[None, None]:
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable from error


def _connect(dialect: Dialect, _record: object, args: Any, options: Any) -> DBAPIConnection:
    before = _cancellations()
    try:
        connection = dialect.connect(*args, **options)
    except OSError as error:
        raise StoreUnavailable from error
    # asyncpg waits by `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that
    # comes together with the connection; who is cancelled would then wait for ever.
    if _cancellations() > before:
        dialect.do_terminate(connection)
        raise asyncio.CancelledError
    return connection


def _cancellations() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def _name_absence(context: ExceptionContext) -> None:
    error = context.original_exception
    # A cancelled task must end as cancelled, though SQLAlchemy counts its connection as lost.
    if not isinstance(error, Exception):
        return
    if isinstance(error, OSError) or isinstance(error.__cause__, asyncpg.InternalClientError):
        # The connection is in an unknown state: an answer may still come in.
        context.is_disconnect = True
        raise StoreUnavailable from error
    state: str | None = getattr(error, "sqlstate", None)
    if context.is_disconnect or (state is not None and state.startswith(AWAY)):
        raise StoreUnavailable from error


def _leave_out_closed(connection: Any, _record: object, _proxy: object) -> None:
    # asyncpg knows at once when the server hangs up: no ping before each use is needed.
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _trace(engine: AsyncEngine) -> None:
    provider = tracer_provider()
    if provider is not None:
        EngineTracer(
            provider.get_tracer("sqlalchemy"),
            engine.sync_engine,
            NoOpMeter("sqlalchemy").create_up_down_counter("connections"),
        )
