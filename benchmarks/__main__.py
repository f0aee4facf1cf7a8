"""`python -m benchmarks [--pages N] [--rounds N]`: what a home page costs."""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from benchmarks.home_pages import OPERATION, Reader, Run
from benchmarks.loading import load
from benchmarks.processes import PROJECT, Processes, running_processes
from benchmarks.report import say, table
from stack.follow_graph import Edge, grow, read_edges

GRAPH = PROJECT.parent / "shared" / "data" / "socfb-Reed98.edges"
PEOPLE = 962
TWEETS = 10_000
AT_ONCE = (1, 16)


def main() -> int:
    """Measure, and print a report in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--pages", type=int, default=2000, help="of each kind, in all rounds")
    parser.add_argument("--rounds", type=int, default=4, help="kinds take turns in each")
    parser.add_argument("--follows", type=Path, default=GRAPH, help="edge list, used both ways")
    parser.add_argument("--tweets", type=int, default=TWEETS)
    asyncio.run(_measure(parser.parse_args()))
    return 0


async def _measure(options: argparse.Namespace) -> None:
    say(_plan())
    async with running_processes() as processes:
        loaded = await load(processes, _edges(options.follows), tweets=options.tweets)
        say(f"{len(loaded.people):,} people, {loaded.follows:,} follows, {loaded.tweets:,} tweets")
        async with aiohttp.ClientSession() as session:
            reader = Reader(processes, loaded, session)
            runs = await _rounds(processes, reader, options.pages // options.rounds, options.rounds)
    say(table(runs))


async def _rounds(
    processes: Processes, reader: Reader, pages: int, rounds: int
) -> Mapping[str, list[Run]]:
    """Warm feeds and no Redis take turns, so that a busy minute of the machine hits both."""
    runs: dict[str, list[Run]] = {}
    for number in range(rounds):
        say(f"round {number + 1}: warm feeds ({', '.join(sorted(await reader.everyone()))})")
        for at_once in AT_ONCE:
            run = await reader.read(pages, at_once)
            runs.setdefault(f"warm feeds, {at_once} at once", []).append(run)
        await processes.stop("redis")
        say(f"round {number + 1}: Redis away ({', '.join(sorted(await reader.everyone()))})")
        for at_once in AT_ONCE:
            run = await reader.read(pages, at_once)
            runs.setdefault(f"Redis away, {at_once} at once", []).append(run)
        await processes.start("redis")
        # The first readers of an empty Redis make the feeds; the last of them find all made.
        await reader.everyone()
    return runs


def _edges(path: Path) -> list[Edge]:
    if path.exists():
        return read_edges(path)
    say(f"{path.name} is not there: a graph of as many people is grown instead")
    return grow(PEOPLE, seed=1)


def _plan() -> str:
    files = ["--supergraph", "schema/supergraph.graphql", "--operation", str(OPERATION)]
    command = [sys.executable, "-m", "supergraph", "plan", *files]
    return subprocess.run(  # noqa: S603 -- our own command
        command, cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
