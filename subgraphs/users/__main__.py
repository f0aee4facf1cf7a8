"""`python -m subgraphs.users serve | migrate | schema | load FILE | export FILE`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Final

from chassis.commands import Commands
from chassis.commands import serve as serve_app
from chassis.postgres import Database, StoreUnavailable, run_migrations
from chassis.settings import load
from subgraphs.users.app import MIGRATIONS, NAME, KeyUnusable, create_app
from subgraphs.users.model.errors import WorldRefused
from subgraphs.users.schema import SCHEMA
from subgraphs.users.service import exporting, world
from subgraphs.users.settings import StoreSettings, UsersSettings


def serve(_: argparse.Namespace) -> None:
    """Serve until told to stop."""
    serve_app(NAME, UsersSettings, create_app)


def migrate(_: argparse.Namespace) -> None:
    """Bring the database to this version; replicas may do so at the same time."""
    asyncio.run(run_migrations(load(StoreSettings).database_url, MIGRATIONS))


def schema(_: argparse.Namespace) -> None:
    """Print the SDL; needs no setting and no server."""
    print(SCHEMA.as_str())  # noqa: T201 -- the command's answer


def load_file(options: argparse.Namespace) -> None:
    """Load a world's users."""
    _tell(lambda database: world.load(database, options.file), "new users")


def export(options: argparse.Namespace) -> None:
    """Write the truth, for others' projections."""
    _tell(lambda database: exporting.export(database, options.file), "users")


def _tell(work: Callable[[Database], Awaitable[int]], what: str) -> None:
    async def done() -> int:
        database = Database.connect(
            load(StoreSettings).database_url, pool_size=1, reply_seconds=None
        )
        try:
            return await work(database)
        finally:
            await database.dispose()

    print(f"{asyncio.run(done())} {what}")  # noqa: T201 -- the command's answer


COMMANDS: Final = Commands(
    "subgraphs.users", __doc__, (WorldRefused, KeyUnusable, StoreUnavailable)
)
COMMANDS.add("serve", "answer the router until SIGTERM", serve)
COMMANDS.add("migrate", "bring the database to this version", migrate)
COMMANDS.add("schema", "print the SDL", schema)
COMMANDS.add_on_file("load", "load JSON lines of users", load_file)
COMMANDS.add_on_file("export", "write the truth, for others' projections", export)
main: Final = COMMANDS.main

if __name__ == "__main__":
    sys.exit(main())
