"""`python -m subgraphs.tweets serve | migrate | schema | load FILE… | export FILE | rebuild …`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from chassis.commands import Commands
from chassis.commands import serve as serve_app
from chassis.postgres import Database, StoreUnavailable, run_migrations
from chassis.settings import load
from subgraphs.tweets.app import NAME, create_app
from subgraphs.tweets.model.errors import WorldRefused
from subgraphs.tweets.schema import SCHEMA
from subgraphs.tweets.service import exporting, loading, rebuilding
from subgraphs.tweets.settings import TweetsSettings

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def serve(_: argparse.Namespace) -> None:
    """Serve until told to stop."""
    serve_app(NAME, TweetsSettings, create_app)


def migrate(_: argparse.Namespace) -> None:
    """Bring the database to this version; replicas may do so at the same time."""
    asyncio.run(run_migrations(load(TweetsSettings).database_url, MIGRATIONS))


def schema(_: argparse.Namespace) -> None:
    """Print the SDL; needs no setting and no server."""
    print(SCHEMA.as_str())  # noqa: T201 -- the command's answer


def load_files(options: argparse.Namespace) -> None:
    """Load world files, each in one transaction."""

    async def load_each(database: Database) -> str:
        counts = [await loading.load(database, file) for file in options.files]
        return f"{sum(counts)} objects from {len(counts)} files"

    _tell(load_each)


def export(options: argparse.Namespace) -> None:
    """Write the truth, for others' projections."""

    async def export_all(database: Database) -> str:
        return f"{await exporting.export(database, options.file)} tweets"

    _tell(export_all)


def rebuild(options: argparse.Namespace) -> None:
    """Make the author cards and the counters anew, while everything runs."""

    async def rebuild_all(database: Database) -> str:
        found = await rebuilding.rebuild(database, options.users)
        return f"{found.cards} author cards, {found.counters} wrong counters mended"

    _tell(rebuild_all)


def _tell(work: Callable[[Database], Awaitable[str]]) -> None:
    async def done() -> str:
        database = Database.connect(load(TweetsSettings).database_url, reply_seconds=None)
        try:
            return await work(database)
        finally:
            await database.dispose()

    print(f"{NAME}: {asyncio.run(done())}")  # noqa: T201 -- the command's answer


COMMANDS: Final = Commands("subgraphs.tweets", __doc__, (WorldRefused, StoreUnavailable))
COMMANDS.add("serve", "answer the router until SIGTERM", serve)
COMMANDS.add("migrate", "bring the database to this version", migrate)
COMMANDS.add("schema", "print the SDL", schema)
COMMANDS.add("load", "load JSON lines of tweets, likes or users", load_files).add_argument(
    "files", nargs="+", type=Path, metavar="FILE"
)
COMMANDS.add_on_file("export", "write the truth, for others' projections", export)
COMMANDS.add("rebuild", "make author cards and counters anew", rebuild).add_argument(
    "users", type=Path, metavar="USERS", help="an export of users"
)
main: Final = COMMANDS.main

if __name__ == "__main__":
    sys.exit(main())
