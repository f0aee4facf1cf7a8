"""`python -m subgraphs.tweets serve | migrate | schema | load FILE…`."""

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
from subgraphs.tweets.app import NAME, create_app
from subgraphs.tweets.model.errors import WorldRefused
from subgraphs.tweets.schema import SCHEMA
from subgraphs.tweets.service import loading
from subgraphs.tweets.settings import TweetsSettings

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 on success, 1 when the world outside is not as needed (one line says what), 2 on
        wrong use.
    """
    parser = argparse.ArgumentParser(prog="python -m subgraphs.tweets", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer the router until SIGTERM")
    commands.add_parser("migrate", help="bring the database to this version")
    commands.add_parser("schema", help="print the SDL")
    loader = commands.add_parser("load", help="load JSON lines of tweets, likes or users")
    loader.add_argument("files", nargs="+", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    try:
        COMMANDS[options.command](options)
    except (SettingsInvalid, WorldRefused, StoreUnavailable, OSError) as error:
        print(error or type(error).__doc__, file=sys.stderr)  # noqa: T201 -- the command's answer
        return 1
    return 0


def serve(_: argparse.Namespace) -> None:
    """Serve until told to stop."""
    settings = load(TweetsSettings)
    telemetry.configure(NAME, traces=settings.traces, log_level=settings.log_level)
    run(create_app(settings), host=settings.host, port=settings.port)


def migrate(_: argparse.Namespace) -> None:
    """Bring the database to this version; replicas may do so at the same time."""
    asyncio.run(run_migrations(load(TweetsSettings).database_url, MIGRATIONS))


def schema(_: argparse.Namespace) -> None:
    """Print the SDL; needs no setting and no server."""
    print(SCHEMA.as_str())  # noqa: T201 -- the command's answer


def load_files(options: argparse.Namespace) -> None:
    """Load world files, each in one transaction."""
    asyncio.run(_load(load(TweetsSettings).database_url, options.files))


async def _load(url: str, files: Sequence[Path]) -> None:
    database = Database.connect(url)
    try:
        for file in files:
            count = await loading.load(database, file)
            print(f"{NAME}: {count} objects from {file.name}")  # noqa: T201 -- the answer
    finally:
        await database.dispose()


COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], None]]] = {
    "serve": serve,
    "migrate": migrate,
    "schema": schema,
    "load": load_files,
}

if __name__ == "__main__":
    sys.exit(main())
