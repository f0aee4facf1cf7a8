"""`python -m subgraphs.social serve | migrate | schema | load FILE | export FILE | rebuild …`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from chassis.commands import Commands
from chassis.commands import serve as serve_app
from chassis.neo4j import Graph, StoreUnavailable
from chassis.settings import load
from subgraphs.social import app
from subgraphs.social.app import NAME, create_app
from subgraphs.social.model.errors import WorldRefused
from subgraphs.social.schema import SCHEMA
from subgraphs.social.service import exporting, loading, rebuilding
from subgraphs.social.settings import SocialSettings, StoreSettings


def serve(_: argparse.Namespace) -> None:
    """Serve until told to stop."""
    serve_app(NAME, SocialSettings, create_app)


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


COMMANDS: Final = Commands("subgraphs.social", __doc__, (WorldRefused, StoreUnavailable))
COMMANDS.add("serve", "answer the router until SIGTERM", serve)
COMMANDS.add("migrate", "bring the graph to this version", migrate)
COMMANDS.add("schema", "print the SDL", schema)
COMMANDS.add_on_file("load", "load JSON lines of follows", load_file)
COMMANDS.add_on_file("export", "write the truth, for others' projections", export)
_rebuilding: Final = COMMANDS.add("rebuild", "make anew what others' exports tell", rebuild)
_rebuilding.add_argument("users", type=Path, metavar="USERS")
_rebuilding.add_argument("tweets", type=Path, metavar="TWEETS")
main: Final = COMMANDS.main

if __name__ == "__main__":
    sys.exit(main())
