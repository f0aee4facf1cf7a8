"""The world that pages are read from: a follow graph and the first tweets of its people."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.processes import Processes
from stack import seed
from stack.follow_graph import Edge

Row = dict[str, Any]


@dataclass(frozen=True)
class Loaded:
    """What is there.

    Attributes:
        people: ids of all users, in the order of the graph.
        tweets: how many.
        follows: how many.
    """

    people: Sequence[str]
    tweets: int
    follows: int


async def load(processes: Processes, edges: Sequence[Edge], *, tweets: int) -> Loaded:
    """Make a world of `edges`, cut it to its first `tweets` tweets, and have services take it in.

    The timeline's projection is rebuilt from what the world says, in the form in which the other
    services export their truth: so the graph store need not run.
    """
    assembly = processes.assembly
    seed.make(assembly, users=0, seed=seed.SEED, edges=edges)
    folder = assembly.folders.stack / "world"
    world = {name: _read(folder / f"{name}.jsonl") for name in ("users", "tweets", "follows")}
    # Tweets come by time, parents before replies: a beginning of them is whole.
    world["tweets"] = world["tweets"][:tweets]
    _write(folder / "tweets.jsonl", world["tweets"])
    await assembly.subgraph("users").do("load", str(folder / "users.jsonl"))
    await assembly.subgraph("tweets").do("load", str(folder / "tweets.jsonl"))
    exports = [_export(folder, name, rows) for name, rows in _truth(world).items()]
    await assembly.subgraph("timeline").do("rebuild", *exports)
    people = [str(row["id"]) for row in world["users"]]
    return Loaded(people, len(world["tweets"]), len(world["follows"]))


def _truth(world: dict[str, list[Row]]) -> dict[str, list[Row]]:
    return {"users": [], "tweets": list(_tweets(world["tweets"])), "social": _social(world)}


def _tweets(rows: Iterable[Row]) -> Iterable[Row]:
    known: dict[str, Row] = {}
    for row in rows:
        parent = known.get(row["replyToId"])
        reply = parent and {"tweetId": parent["tweetId"], "authorId": parent["authorId"]}
        known[row["id"]] = {
            "kind": "tweet",
            "tweetId": row["id"],
            "authorId": row["authorId"],
            "replyTo": reply,
            "rootId": parent["rootId"] if parent else row["id"],
            "createdMs": _ms(row["createdAt"]),
            "version": 1,
        }
    return known.values()


def _social(world: dict[str, list[Row]]) -> list[Row]:
    count: dict[str, int] = {}
    follows: list[Row] = []
    for row in world["follows"]:
        actor = row["actorId"]
        count[actor] = count.get(actor, 0) + 1
        edge = {"kind": "follow", "actorId": actor, "targetId": row["targetId"]}
        follows.append({**edge, "version": count[actor], "atMs": _ms(row["at"])})
    actors: list[Row] = [{"kind": "actor", "userId": a, "seq": n} for a, n in count.items()]
    return [*follows, *actors]


def _export(folder: Path, service: str, rows: Iterable[Row]) -> str:
    path = folder / f"{service}-export.jsonl"
    head = {"kind": "export", "service": service, "atMs": int(time.time() * 1000)}
    _write(path, [head, *rows])
    return str(path)


def _read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _write(path: Path, rows: Iterable[Row]) -> None:
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
