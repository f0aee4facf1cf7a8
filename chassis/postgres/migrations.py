"""Alembic migrations of one service, run from the service's own process."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

# Alembic's `op` and `context` are one per process.
_one_at_a_time = threading.Lock()

# A service's replicas start together: the first migrates, the others wait and find it done.
_LOCK = text("SELECT pg_advisory_lock(hashtextextended('migrations.' || current_schema(), 0))")
_UNLOCK = text("SELECT pg_advisory_unlock_all()")


async def run_migrations(url: str, script_location: str | Path) -> None:
    """Bring the schema of the role in `url` to the newest revision; all of it or nothing.

    Args:
        url: MT_DATABASE_URL, `postgresql+asyncpg://…`.
        script_location: a folder with `versions/`; no `env.py` is needed. The versions' table is
            `alembic_version` in the role's own schema.
    """
    await asyncio.to_thread(_run, url, Path(script_location))


def _run(url: str, script_location: Path) -> None:
    with _one_at_a_time:
        asyncio.run(_upgrade(url, script_location))


async def _upgrade(url: str, script_location: Path) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(_LOCK)
            await connection.commit()
            await connection.run_sync(_upgrade_to_head, script_location)
            await connection.execute(_UNLOCK)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade_to_head(connection: Connection, script_location: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(script_location).replace("%", "%%"))
    # Otherwise Alembic splits version folders at spaces and commas.
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)

    def steps(revision: str, _: MigrationContext) -> list[RevisionStep]:
        # As `alembic upgrade head` does, which would want an `env.py` in every service.
        return scripts._upgrade_revs("head", revision)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    with EnvironmentContext(config, scripts, fn=steps) as environment:
        environment.configure(connection=connection)
        with environment.begin_transaction():
            environment.run_migrations()
    connection.commit()
