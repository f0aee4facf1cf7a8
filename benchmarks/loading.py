"""The world that is asked about: a follow graph and the first tweets of its people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.processes import Processes
from stack import seed
from stack.follow_graph import Edge
from stack.order import SUBGRAPHS

Row = dict[str, Any]


@dataclass(frozen=True)
class Loaded:
    """What is there.

    Attributes:
        people: ids of all users, in the order of the graph.
        tweets: how many.
        follows: who follows whom.
    """

    people: Sequence[str]
    tweets: int
    follows: Sequence[tuple[str, str]]

    def __str__(self) -> str:
        """One line."""
        people, follows = len(self.people), len(self.follows)
        return f"{people:,} people, {follows:,} follows, {self.tweets:,} tweets"

    def most_followed(self) -> str:
        """The person whom most follow."""
        return Counter(target for _, target in self.follows).most_common(1)[0][0]

    def followers(self, person: str) -> Sequence[str]:
        """Who follows `person`."""
        return [actor for actor, target in self.follows if target == person]


async def load(processes: Processes, edges: Sequence[Edge], *, tweets: int) -> Loaded:
    """Make a world of `edges`, cut it to its first `tweets` tweets; have services take it in."""
    assembly = processes.assembly
    seed.make(assembly, users=0, seed=seed.SEED, edges=edges)
    world = _cut(assembly.folders.stack / "world", tweets)
    await seed.load(assembly, SUBGRAPHS)
    people = [str(row["id"]) for row in world["users"]]
    follows = [(str(row["actorId"]), str(row["targetId"])) for row in world["follows"]]
    return Loaded(people, len(world["tweets"]), follows)


def _cut(folder: Path, tweets: int) -> dict[str, list[Row]]:
    world = {name: _read(folder / f"{name}.jsonl") for name in seed.LOADED_BY}
    # Tweets come by time, parents before replies: a beginning of them is whole.
    world["tweets"] = world["tweets"][:tweets]
    kept = {row["id"] for row in world["tweets"]}
    world["likes"] = [row for row in world["likes"] if row["tweetId"] in kept]
    for name in ("tweets", "likes"):
        _write(folder / f"{name}.jsonl", world[name])
    return world


def _read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _write(path: Path, rows: Iterable[Row]) -> None:
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
