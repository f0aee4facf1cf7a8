"""Writes a world to `.stack/world/` and has the services load it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from stack.assembly import DEMO_USERNAME, Assembly
from stack.credentials import write_private
from stack.follow_graph import Edge, count_users, grow
from stack.rebuild import rebuild
from stack.world import Row, World, make_world

USERS = 200
SEED = 1
# File → the service that loads it, in the order of loading.
LOADED_BY = {"users": "users", "tweets": "tweets", "likes": "tweets", "follows": "social"}


def make(assembly: Assembly, *, users: int, seed: int, edges: Sequence[Edge] | None) -> str:
    """Make a world and write its files; it counts as not loaded from now on.

    Args:
        assembly: whose folder and demo password.
        users: how many people, when the graph is grown.
        seed: of everything drawn.
        edges: a follow graph to take instead; it says how many people there are.

    Returns:
        One line about the world.

    Raises:
        WorldInvalid: a number of users that cannot be made.
    """
    count = count_users(edges) if edges else users
    demo = (DEMO_USERNAME, assembly.credentials.demo_password)
    world = make_world(count, edges or grow(count, seed), seed=seed, demo=demo)
    _write(world, assembly.folders.stack / "world")
    _mark(assembly).unlink(missing_ok=True)
    rows = {"people": world.users, "tweets": world.tweets, "likes": world.likes}
    figures = [f"{len(found):,} {name}" for name, found in rows.items()]
    return f"a world of {', '.join(figures)} and {len(world.follows):,} follows"


async def load_once(assembly: Assembly, running: Collection[str]) -> None:
    """Load what is not loaded yet of the world that is there, or of a small one.

    Args:
        assembly: what runs.
        running: the services of it that are there; files of others wait until they are.
    """
    if not (assembly.folders.stack / "world" / "users.jsonl").exists():
        assembly.log("stack", make(assembly, users=USERS, seed=SEED, edges=None))
    await load(assembly, running)


async def load(assembly: Assembly, running: Collection[str]) -> None:
    """Have services load their files, then make all projections anew: loading tells nobody.

    What is there already stays as it is.

    Raises:
        StepFailed: a service refused a file.
    """
    loaded = _loaded(assembly)
    due = [name for name, service in LOADED_BY.items() if service in running]
    for name in due:
        if name not in loaded:
            path = assembly.folders.stack / "world" / f"{name}.jsonl"
            await assembly.subgraph(LOADED_BY[name]).do("load", str(path))
    if not loaded.issuperset(due):
        await rebuild(assembly, running)
        _mark(assembly).write_text("\n".join(sorted(loaded.union(due))))


def _loaded(assembly: Assembly) -> set[str]:
    mark = _mark(assembly)
    return set(mark.read_text().split()) if mark.exists() else set()


def _mark(assembly: Assembly) -> Path:
    return assembly.folders.stack / "world" / "loaded"


def _write(world: World, folder: Path) -> None:
    parts = {
        "users": world.users,
        "tweets": world.tweets,
        "likes": world.likes,
        "follows": world.follows,
    }
    for name, rows in parts.items():
        # Readable by us alone: the demo password stands in it.
        write_private(folder / f"{name}.jsonl", _lines(rows))


def _lines(rows: Iterable[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
