"""`python -m subgraphs.timeline serve | migrate | schema | rebuild FILE…`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from chassis.commands import Commands
from chassis.commands import serve as serve_app
from chassis.postgres import Database, StoreUnavailable, run_migrations
from chassis.settings import load
from subgraphs.timeline.app import MIGRATIONS, NAME, create_app
from subgraphs.timeline.model.errors import TruthRefused
from subgraphs.timeline.schema import SCHEMA
from subgraphs.timeline.service import truth
from subgraphs.timeline.settings import TimelineSettings


def serve(_: argparse.Namespace) -> None:
    """Serve until told to stop."""
    serve_app(NAME, TimelineSettings, create_app)


def migrate(_: argparse.Namespace) -> None:
    """Bring the database to this version; replicas may do so at the same time."""
    asyncio.run(run_migrations(load(TimelineSettings).database_url, MIGRATIONS))


def schema(_: argparse.Namespace) -> None:
    """Print the SDL; needs no setting and no server."""
    print(SCHEMA.as_str())  # noqa: T201 -- the command's answer


def rebuild_projection(options: argparse.Namespace) -> None:
    """Make the projection anew while everything runs; all feeds follow when they are read."""
    asyncio.run(_rebuild(load(TimelineSettings).database_url, options.files))


async def _rebuild(url: str, files: Sequence[Path]) -> None:
    database = Database.connect(url, reply_seconds=None)
    try:
        count = await truth.rebuild(database, files)
        print(f"{NAME}: rebuilt from {count} objects")  # noqa: T201 -- the answer
    finally:
        await database.dispose()


COMMANDS: Final = Commands("subgraphs.timeline", __doc__, (TruthRefused, StoreUnavailable))
COMMANDS.add("serve", "answer the router until SIGTERM", serve)
COMMANDS.add("migrate", "bring the database to this version", migrate)
COMMANDS.add("schema", "print the SDL", schema)
COMMANDS.add(
    "rebuild",
    "make the projection anew from exports of users, tweets and social",
    rebuild_projection,
).add_argument("files", nargs="+", type=Path, metavar="FILE")
main: Final = COMMANDS.main

if __name__ == "__main__":
    sys.exit(main())
