"""`python -m subgraphs.timeline serve | migrate | schema | rebuild FILE…`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from chassis import telemetry
from chassis.postgres import Database, StoreUnavailable, run_migrations
from chassis.server import run
from chassis.settings import SettingsInvalid, load
from subgraphs.timeline.app import MIGRATIONS, NAME, create_app
from subgraphs.timeline.model.errors import TruthRefused
from subgraphs.timeline.schema import SCHEMA
from subgraphs.timeline.service import truth
from subgraphs.timeline.settings import TimelineSettings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 on success, 1 when the world outside is not as needed (one line says what), 2 on
        wrong use.
    """
    parser = argparse.ArgumentParser(prog="python -m subgraphs.timeline", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer the router until SIGTERM")
    commands.add_parser("migrate", help="bring the database to this version")
    commands.add_parser("schema", help="print the SDL")
    rebuild = commands.add_parser(
        "rebuild", help="make the projection anew from exports of users, tweets and social"
    )
    rebuild.add_argument("files", nargs="+", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        COMMANDS[options.command](options)
    except (SettingsInvalid, TruthRefused, StoreUnavailable, OSError) as error:
        print(error or type(error).__doc__, file=sys.stderr)  # noqa: T201 -- the command's answer
        return 1
    return 0


def serve(_: argparse.Namespace) -> None:
    """Serve until told to stop."""
    settings = load(TimelineSettings)
    telemetry.configure(NAME, traces=settings.traces, log_level=settings.log_level)
    run(create_app(settings), host=settings.host, port=settings.port)


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
    database = Database.connect(url)
    try:
        count = await truth.rebuild(database, files)
        print(f"{NAME}: rebuilt from {count} objects")  # noqa: T201 -- the answer
    finally:
        await database.dispose()


COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], None]]] = {
    "serve": serve,
    "migrate": migrate,
    "schema": schema,
    "rebuild": rebuild_projection,
}

if __name__ == "__main__":
    sys.exit(main())
