"""Databases and roles in Postgres: each service has a schema that no other role can read."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol, cast
from urllib.parse import urlsplit, urlunsplit

import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it has none; `connect` below gives types

from stack.errors import PasswordRefused

CONNECT_SECONDS = 10


class Connection(Protocol):
    """What we use of asyncpg's connection."""

    async def execute(self, query: str) -> str:
        """Run a statement; returns its command tag."""
        ...

    async def fetchval(self, query: str, *args: object) -> object:
        """The first value of the first row."""
        ...

    async def close(self) -> None:
        """Say goodbye to the server."""
        ...


@asynccontextmanager
async def connect(url: str) -> AsyncGenerator[Connection]:
    """A connection for the length of a block.

    Raises:
        PasswordRefused: the server runs, with another password.
    """
    try:
        opened = await asyncpg.connect(url, timeout=CONNECT_SECONDS)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] -- as above
    except asyncpg.InvalidPasswordError as error:
        raise PasswordRefused(name="Postgres") from error
    connection = cast("Connection", opened)
    try:
        yield connection
    finally:
        await connection.close()


async def probe(url: str) -> None:
    """Select 1 at `url`."""
    async with connect(url) as connection:
        await connection.fetchval("SELECT 1")


async def create_database(admin_url: str, database: str) -> None:
    """Make `database` where it is missing, closed to everyone who is not given a place in it."""
    async with connect(admin_url) as admin:
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await _ddl(admin, "CREATE DATABASE %I", database)
        await _ddl(admin, "REVOKE ALL ON DATABASE %I FROM PUBLIC", database)
    async with connect(with_database(admin_url, database)) as admin:
        await admin.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")


async def drop_database(admin_url: str, database: str) -> None:
    """Remove `database`, ending whoever is still connected to it."""
    async with connect(admin_url) as admin:
        await _ddl(admin, "DROP DATABASE IF EXISTS %I WITH (FORCE)", database)


async def create_service(admin_url: str, database: str, service: str, password: str) -> str:
    """Make the role `mt_<service>` and its schema in `database`, or bring them up to date.

    Returns:
        The service's own URL, as in MT_DATABASE_URL.
    """
    role = f"mt_{service}"
    async with connect(with_database(admin_url, database)) as admin:
        known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
        verb = "ALTER" if known else "CREATE"
        await _ddl(admin, verb + " ROLE %I LOGIN PASSWORD %L", role, password)
        if not await admin.fetchval("SELECT usesuper FROM pg_user WHERE usename = current_user"):
            await _ddl(admin, "GRANT %I TO CURRENT_USER", role)
        await _ddl(admin, "CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I", service, role)
        await _ddl(admin, "ALTER ROLE %I SET search_path = %I", role, service)
        # Temporary tables are seen by their own session alone; bulk loads stage rows in them.
        await _ddl(admin, "GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I", database, role)
    return service_url(admin_url, database, service, password)


def service_url(admin_url: str, database: str, service: str, password: str) -> str:
    """MT_DATABASE_URL of a service on the server of `admin_url`."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"mt_{service}:{password}@{host}"
    return urlunsplit(("postgresql+asyncpg", netloc, f"/{database}", parts.query, ""))


def with_database(url: str, database: str) -> str:
    """`url` with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def _ddl(admin: Connection, template: str, *names: str) -> None:
    # Such statements take no parameters: the server itself quotes names (%I) and values (%L).
    places = ", ".join(f"${number}::text" for number in range(1, len(names) + 2))
    statement = await admin.fetchval(f"SELECT format({places})", template, *names)
    await admin.execute(str(statement))
