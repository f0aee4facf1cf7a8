"""`python -m subgraphs.social serve | migrate | schema | load FILE | export FILE | rebuild …`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from chassis import telemetry
from chassis.neo4j import Graph, StoreUnavailable
from chassis.server import run
from chassis.settings import SettingsInvalid, load
from subgraphs.social import app
from subgraphs.social.app import NAME, create_app
from subgraphs.social.model.errors import WorldRefused
from subgraphs.social.schema import SCHEMA
from subgraphs.social.service import exporting, loading, rebuilding
from subgraphs.social.settings import SocialSettings, StoreSettings


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
        print(str(error) or type(error).__doc__, file=sys.stderr)  # noqa: T201 -- the answer
        return 1
    return 0


def serve(_: argparse.Namespace) -> None:
    """Serve until told to stop."""
    settings = load(SocialSettings)
    telemetry.configure(NAME, traces=settings.traces, log_level=settings.log_level)
    run(create_app(settings), host=settings.host, port=settings.port)


def migrate(_: argparse.Namespace) -> None:
    """Bring the graph to this version; replicas may do so at the same time."""
    asyncio.run(app.migrate(load(StoreSettings)))


def schema(_: argparse.Namespace) -> None:
    """Print the SDL; needs no setting and no server."""
    print(SCHEMA.as_str())  # noqa: T201 -- the command's answer


def load_file(options: argparse.Namespace) -> None:
    """Load a world's follows."""
    _tell(lambda graph: loading.load(graph, options.file), "new follows")


def export(options: argparse.Namespace) -> None:
    """Write the truth, for others' projections."""
    _tell(lambda graph: exporting.export(graph, options.file), "follows")


def rebuild(options: argparse.Namespace) -> None:
    """Make anew what the graph knows from users and tweets."""
    _tell(lambda graph: rebuilding.rebuild(graph, options.users, options.tweets), "accounts")


def _tell(work: Callable[[Graph], Awaitable[int]], what: str) -> None:
    async def done() -> int:
        graph = Graph.connect(load(StoreSettings).neo4j_url)
        try:
            return await work(graph)
        finally:
            await graph.close()

    print(f"{NAME}: {asyncio.run(done())} {what}")  # noqa: T201 -- the command's answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m subgraphs.social", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer the router until SIGTERM")
    commands.add_parser("migrate", help="bring the graph to this version")
    commands.add_parser("schema", help="print the SDL")
    for name, purpose in (("load", "load JSON lines of follows"), ("export", "write the truth")):
        commands.add_parser(name, help=purpose).add_argument("file", type=Path, metavar="FILE")
    again = commands.add_parser("rebuild", help="make anew what others' exports tell")
    again.add_argument("users", type=Path, metavar="USERS")
    again.add_argument("tweets", type=Path, metavar="TWEETS")
    return parser


COMMANDS: Final[Mapping[str, Callable[[argparse.Namespace], None]]] = {
    "serve": serve,
    "migrate": migrate,
    "schema": schema,
    "load": load_file,
    "export": export,
    "rebuild": rebuild,
}

if __name__ == "__main__":
    sys.exit(main())
