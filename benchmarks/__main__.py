"""`python -m benchmarks [--pages N] [--rounds N]`: what home pages, suggestions and posts cost."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from benchmarks.loading import Loaded, load
from benchmarks.posting import post_and_look
from benchmarks.processes import PROJECT, Processes, running_processes
from benchmarks.questions import HOME_PAGE, home_page, suggestions
from benchmarks.reading import Reader, Run
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
    parser.add_argument("--others", type=int, default=400, help="suggestions, and as many posts")
    parser.add_argument("--rounds", type=int, default=4, help="kinds take turns in each")
    parser.add_argument("--follows", type=Path, default=GRAPH, help="edge list, used both ways")
    parser.add_argument("--tweets", type=int, default=TWEETS)
    asyncio.run(_measure(parser.parse_args()))
    return 0


async def _measure(options: argparse.Namespace) -> None:
    say(_plan())
    async with running_processes() as processes:
        loaded = await load(processes, _edges(options.follows), tweets=options.tweets)
        say(str(loaded))
        async with aiohttp.ClientSession() as session:
            reader = Reader(processes, loaded, session)
            runs = await _rounds(processes, reader, loaded, options)
    say(f"load average {', '.join(f'{load:.1f}' for load in os.getloadavg())} at the end")
    say(table(runs))


async def _rounds(
    processes: Processes, reader: Reader, loaded: Loaded, options: argparse.Namespace
) -> Mapping[str, list[Run]]:
    """Kinds take turns, so that a busy minute of the machine hits all of them."""
    runs: dict[str, list[Run]] = {}

    def note(kind: str, run: Run) -> None:
        runs.setdefault(kind, []).append(run)
        say(table({kind: [run]}).splitlines()[-1])

    pages, others = options.pages // options.rounds, options.others // options.rounds
    for number in range(1, options.rounds + 1):
        say(f"round {number}: {', '.join(sorted(await reader.everyone(home_page())))}")
        for at_once in AT_ONCE:
            run = await reader.read(home_page(), pages, at_once)
            note(f"home page, warm feeds, {at_once} at once", run)
        note("suggestions, 1 at once", await reader.read(suggestions(), others, 1))
        note("post until a follower sees it", await post_and_look(reader, loaded, others))
        await processes.stop("redis")
        say(f"round {number}, no Redis: {', '.join(sorted(await reader.everyone(home_page())))}")
        for at_once in AT_ONCE:
            run = await reader.read(home_page(), pages, at_once)
            note(f"home page, Redis away, {at_once} at once", run)
        await processes.start("redis")
        # The first readers of an empty Redis make the feeds; the last of them find all made.
        await reader.everyone(home_page())
    return runs


def _edges(path: Path) -> list[Edge]:
    if path.exists():
        return read_edges(path)
    say(f"{path.name} is not there: a graph of as many people is grown instead")
    return grow(PEOPLE, seed=1)


def _plan() -> str:
    files = ["--supergraph", "schema/supergraph.graphql", "--operation", str(HOME_PAGE)]
    command = [sys.executable, "-m", "supergraph", "plan", *files]
    return subprocess.run(  # noqa: S603 -- our own command
        command, cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
