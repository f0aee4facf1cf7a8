"""The router's commands: compose, check, plan, serve.

They exit with 0 on success, 1 on a finding, 2 on wrong use. Errors and hints are JSON lines on
stderr, the last of which says in `next` what to do.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from supergraph.commands.check import check_command
from supergraph.commands.compose import compose_command
from supergraph.commands.plan import plan_command
from supergraph.commands.serve import serve_command
from supergraph.commands.terminal import FINDING, WRONG_USE, WrongUse, tell


def main() -> int:
    """Carry out one command; returns the exit code."""
    arguments = _parser().parse_args()
    try:
        return arguments.command(arguments)
    except WrongUse as error:
        tell({"code": "WRONG_USE", "message": str(error)}, {"next": "See --help."})
        return WRONG_USE
    except (BrokenPipeError, KeyboardInterrupt):
        return FINDING


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m supergraph", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    found = commands.add_parser("compose", help="make a supergraph of subgraphs")
    found.set_defaults(command=compose_command)
    found.add_argument("sources", nargs="*", metavar="DIR|FILE|NAME=FILE@URL")
    found.add_argument("-o", dest="output", metavar="FILE", help="instead of stdout")
    found.add_argument("--batch", action="store_true", help="JSON lines on stdin and stdout")

    found = commands.add_parser("check", help="say what a new supergraph breaks for clients")
    found.set_defaults(command=check_command)
    found.add_argument("old", metavar="OLD", help="the supergraph that clients were written for")
    found.add_argument("new", metavar="NEW")
    found.add_argument("--operations", metavar="DIR", help="stored operations, *.graphql")

    found = commands.add_parser("plan", help="show the query plan of an operation")
    found.set_defaults(command=plan_command)
    found.add_argument("--supergraph", metavar="FILE")
    found.add_argument("--operation", metavar="FILE", help="instead of stdin")
    found.add_argument("--name", help="of the operation, where the document has several")
    found.add_argument("--label", action="append", help="an @override label that is on; repeatable")
    found.add_argument("--format", choices=["text", "json"], default="text")
    found.add_argument("--batch", action="store_true", help="JSON lines on stdin and stdout")

    found = commands.add_parser("serve", help="serve a supergraph")
    found.set_defaults(command=serve_command)
    found.add_argument("--supergraph", metavar="FILE", required=True)
    found.add_argument("--config", metavar="router.yaml", type=Path)
    found.add_argument("--host", default="127.0.0.1")
    found.add_argument("--port", type=int, default=4000, help="0 takes a free one")
    found.add_argument("--workers", type=int, default=1, help="processes on one port")
    return parser


if __name__ == "__main__":
    sys.exit(main())
