"""`python -m subgraphs.tweets serve | migrate | schema | load FILE… | export FILE | rebuild …`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from chassis import telemetry
from chassis.postgres import Database, StoreUnavailable, run_migrations
from chassis.server import run
from chassis.settings import SettingsInvalid, load
from subgraphs.tweets.app import NAME, create_app
from subgraphs.tweets.model.errors import WorldRefused
from subgraphs.tweets.schema import SCHEMA
from subgraphs.tweets.service import exporting, loading, rebuilding
from subgraphs.tweets.settings import TweetsSettings

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 on success, 1 when the world outside is not as needed (one line says what), 2 on
        wrong use.
    """
    options = _parser().parse_args(arguments)
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
        database = Database.connect(load(TweetsSettings).database_url)
        try:
            return await work(database)
        finally:
            await database.dispose()

    print(f"{NAME}: {asyncio.run(done())}")  # noqa: T201 -- the command's answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m subgraphs.tweets", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer the router until SIGTERM")
    commands.add_parser("migrate", help="bring the database to this version")
    commands.add_parser("schema", help="print the SDL")
    loader = commands.add_parser("load", help="load JSON lines of tweets, likes or users")
    loader.add_argument("files", nargs="+", type=Path, metavar="FILE")
    exporter = commands.add_parser("export", help="write the truth, for others' projections")
    exporter.add_argument("file", type=Path, metavar="FILE")
    rebuilder = commands.add_parser("rebuild", help="make author cards and counters anew")
    rebuilder.add_argument("users", type=Path, metavar="USERS", help="an export of users")
    return parser


COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], None]]] = {
    "serve": serve,
    "migrate": migrate,
    "schema": schema,
    "load": load_files,
    "export": export,
    "rebuild": rebuild,
}

if __name__ == "__main__":
    sys.exit(main())
