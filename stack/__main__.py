"""`python -m stack up | down | clean | seed | rebuild | replay`."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from stack import console, rebuild, replay, seed
from stack.assembly import DEMO_USERNAME, Assembly
from stack.errors import NothingRuns, StackError
from stack.folders import Folders, check_writable
from stack.follow_graph import read_edges
from stack.order import EXTRAS, OPTIONAL
from stack.record import RunRecord, end
from stack.supervisor import up

PROJECT = Folders.of(Path(__file__).resolve().parents[1], os.environ)
SPACE_MB = 300


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns 0, or 1 after a one-line error."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except StackError as error:
        console.fail(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run_up(options: argparse.Namespace) -> None:
    """Start everything, and stay until told to end."""
    check_writable(PROJECT.stack, name="the stack", needed_mb=SPACE_MB)
    assembly = Assembly.of(PROJECT, os.environ, console.log)
    if "zipkin" in options.extras:
        assembly = assembly.traced()
    began = time.monotonic()

    def announce() -> None:
        console.banner(_banner(assembly, options.extras, time.monotonic() - began))

    without = {*options.without, *EXTRAS}.difference(options.extras)
    if os.environ.get("MT_BOT") == "off":
        without.add("bot")
    asyncio.run(up(assembly, without=frozenset(without), announce=announce))


def run_down(_: argparse.Namespace) -> None:
    """Stop the supervisor that runs elsewhere, or what one that was killed has left."""
    record = RunRecord(PROJECT.stack)
    supervisor = record.supervisor()
    if supervisor is not None:
        asyncio.run(end(supervisor))
        console.log("stack", "stopped")
    if record.leftovers():
        with record.held():
            asyncio.run(record.end_leftovers(console.log))
            record.forget_all()


def run_clean(options: argparse.Namespace) -> None:
    """Stop everything and delete `.stack/`; what was fetched stays in `.cache/`."""
    run_down(options)
    if PROJECT.stack.exists():
        Assembly.of(PROJECT, os.environ, console.log).remove_data()
        shutil.rmtree(PROJECT.stack)


def run_seed(options: argparse.Namespace) -> None:
    """Make a world, and load it into the stack that runs (or at the next start)."""
    edges = read_edges(options.follows) if options.follows else None
    assembly = Assembly.of(PROJECT, os.environ, console.log)
    made = seed.make(assembly, users=options.users, seed=options.seed, edges=edges)
    console.log("stack", made)
    running = RunRecord(PROJECT.stack).running()
    if running:
        asyncio.run(seed.load(assembly, running))
    else:
        console.log("stack", "nothing runs here: the world is loaded at the next `make up`")


def run_rebuild(_: argparse.Namespace) -> None:
    """Make every projection anew from what the services own, while they run."""
    asyncio.run(rebuild.rebuild(Assembly.of(PROJECT, os.environ, console.log), _running()))


def run_replay(options: argparse.Namespace) -> None:
    """Put dead letters back for one consumer."""
    assembly = Assembly.of(PROJECT, os.environ, console.log)
    url = assembly.nats_url("admin")
    count = asyncio.run(replay.replay(url, options.consumer, first=options.first))
    console.log("stack", f"{count} dead letters put back for {options.consumer}")


def _running() -> frozenset[str]:
    running = RunRecord(PROJECT.stack).running()
    if not running:
        raise NothingRuns
    return running


def _banner(assembly: Assembly, extras: Sequence[str], seconds: float) -> list[str]:
    traces = [f"  traces      {assembly.zipkin_url}/"] if "zipkin" in extras else []
    router = f"http://localhost:{assembly.port('router')}"
    return [
        f"MicroTwitt is up after {seconds:.0f} s",
        f"  playground  {router}/",
        f"  GraphQL     {router}/graphql",
        *traces,
        f"  log in as   {DEMO_USERNAME} / {assembly.credentials.demo_password}",
        "  stop with Ctrl-C, or `make down` elsewhere",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    commands = parser.add_subparsers(required=True)
    start = commands.add_parser("up", help="start everything, and stay")
    start.add_argument("--with", dest="extras", nargs="*", default=[], choices=EXTRAS)
    start.add_argument("--without", nargs="*", default=[], choices=OPTIONAL)
    start.set_defaults(command=run_up)
    commands.add_parser("down", help="stop it from elsewhere").set_defaults(command=run_down)
    commands.add_parser("clean", help="stop it, delete its data").set_defaults(command=run_clean)
    fill = commands.add_parser("seed", help="make and load a world")
    fill.add_argument("--users", type=int, default=seed.USERS)
    fill.add_argument("--follows", type=Path, help="edge list: lines `a b`, used both ways")
    fill.add_argument("--seed", type=int, default=seed.SEED)
    fill.set_defaults(command=run_seed)
    again = "make all projections anew from the services' own stores"
    commands.add_parser("rebuild", help=again).set_defaults(command=run_rebuild)
    letters = commands.add_parser("replay", help="put dead letters back for one consumer")
    letters.add_argument("--consumer", required=True, help="durable name, as tweets_author_cards")
    letters.add_argument("--from", dest="first", type=int, default=1, metavar="SEQ")
    letters.set_defaults(command=run_replay)
    return parser


if __name__ == "__main__":
    # As when the terminal closes: end in order, also before the supervisor listens to signals.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
