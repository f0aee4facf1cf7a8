"""`python -m subgraphs.users serve | migrate | schema | load FILE | export FILE`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from chassis.postgres import Database, StoreUnavailable, run_migrations
from chassis.settings import SettingsInvalid, load
from subgraphs.users import app
from subgraphs.users.model.errors import WorldRefused
from subgraphs.users.schema import print_sdl
from subgraphs.users.service import exporting, world
from subgraphs.users.settings import StoreSettings, UsersSettings


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it is done, 1 with one line on stderr when it cannot be."""
    given = _parser().parse_args(arguments)
    try:
        return _run(given.command, getattr(given, "file", None))
    except (SettingsInvalid, WorldRefused, app.KeyUnusable) as fault:
        print(fault, file=sys.stderr)  # noqa: T201 -- a command's answer
    except (StoreUnavailable, OSError) as fault:
        reason = "Postgres cannot be reached" if isinstance(fault, StoreUnavailable) else fault
        print(f"users {given.command}: {reason}", file=sys.stderr)  # noqa: T201 -- likewise
    return 1


def _run(command: str, file: Path | None) -> int:
    if command == "schema":
        sys.stdout.write(print_sdl() + "\n")
    elif command == "serve":
        app.serve(load(UsersSettings))
    elif command == "migrate":
        asyncio.run(run_migrations(load(StoreSettings).database_url, app.MIGRATIONS))
    elif file is not None:
        asyncio.run(_move(command, load(StoreSettings).database_url, file))
    return 0


async def _move(command: str, url: str, file: Path) -> None:
    database = Database.connect(url, pool_size=1)
    try:
        if command == "load":
            sys.stdout.write(f"{await world.load(database, file)} new users\n")
        else:
            sys.stdout.write(f"{await exporting.export(database, file)} users\n")
    finally:
        await database.dispose()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m subgraphs.users", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer requests until SIGTERM")
    commands.add_parser("migrate", help="bring the tables to the newest revision")
    commands.add_parser("schema", help="print the SDL")
    bulk = commands.add_parser("load", help="take in a file of users (JSON lines)")
    bulk.add_argument("file", type=Path)
    truth = commands.add_parser("export", help="write the truth, for others' projections")
    truth.add_argument("file", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
