"""Suggestions against a real network of friends, of which some follows are hidden."""

from __future__ import annotations

import json
import logging
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TypeAlias
from uuid import UUID

import pytest

from chassis.envelope import uuid7
from chassis.neo4j import Graph
from subgraphs.social.model.values import FollowedBy, NewHere, Window
from subgraphs.social.service import loading, suggesting
from tests.shared import shared

pytestmark = pytest.mark.timeout(240)

AT = "2026-01-01T00:00:00+00:00"
PAGE = 10
Friends: TypeAlias = "dict[int, set[int]]"


@dataclass(frozen=True)
class World:
    """Who follows whom, whom they follow in truth besides, and their ids."""

    out: Friends
    wanted: Friends
    ids: Sequence[UUID]

    def asked(self, count: int) -> Sequence[int]:
        return Random(2).sample([one for one in self.out if self.wanted[one]], count)  # noqa: S311

    def place(self, user: UUID) -> int:
        return self.ids.index(user)


def world_of(people: int) -> World:
    """The first so many people of the network, with a tenth of the pairs hidden."""
    lines = shared("data", "socfb-Reed98.edges").read_text().splitlines()[1:]
    pairs = [(int(a), int(b)) for a, b in map(str.split, lines)]
    pairs = [pair for pair in pairs if max(pair) < people]
    hidden = set(Random(1).sample(pairs, len(pairs) // 10))  # noqa: S311 -- the same in each run
    out: Friends = {person: set() for person in range(people)}
    wanted: Friends = {person: set() for person in range(people)}
    for a, b in pairs:
        side = wanted if (a, b) in hidden else out
        side[a].add(b)
        side[b].add(a)
    return World(out, wanted, [uuid7() for _ in range(people)])


def written(path: Path, follows: Iterable[tuple[UUID, UUID]]) -> Path:
    lines = [{"actorId": str(one), "targetId": str(other), "at": AT} for one, other in follows]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


async def loaded(graph: Graph, world: World, path: Path) -> None:
    """Load a world's follows."""
    pairs = [(world.ids[a], world.ids[b]) for a in world.out for b in world.out[a]]
    assert await loading.load(graph, written(path, pairs)) == len(pairs)


async def suggested(graph: Graph, world: World, person: int) -> Sequence[int]:
    """The first page for a person, after a look at all that a suggestion must never be."""
    page = await suggesting.suggest(graph, world.ids[person], Window(PAGE))
    found = [world.place(one.item.user_id) for one in page.items]
    assert person not in found
    assert len(set(found)) == len(found)
    assert not set(found) & world.out[person]
    for one in page.items:
        candidate = world.place(one.item.user_id)
        by = next(reason for reason in one.item.reasons if isinstance(reason, FollowedBy))
        common = {m for m in world.out[person] if candidate in world.out[m]}
        assert {world.place(user) for user in by.users} <= common
        assert by.total == len(common)
    return found


def most_followed(world: World, person: int) -> Sequence[int]:
    popular = sorted(world.out, key=lambda one: -len(world.out[one]))
    return [one for one in popular if one != person and one not in world.out[person]][:PAGE]


def counted(world: World, person: int) -> Sequence[int]:
    """Plain two hops: by how many whom the person follows."""
    counts: dict[int, int] = {}
    for m in world.out[person]:
        for c in world.out[m] - world.out[person] - {person}:
            counts[c] = counts.get(c, 0) + 1
    return sorted(counts, key=lambda c: (-counts[c], c))[:PAGE]


async def recalls(graph: Graph, world: World, people: Sequence[int]) -> dict[str, float]:
    """Which part of the hidden follows each way of suggesting finds in its first ten."""
    hits = {"ours": 0, "counted": 0, "popular": 0}
    for person in people:
        wanted = world.wanted[person]
        hits["ours"] += len(wanted & set(await suggested(graph, world, person)))
        hits["counted"] += len(wanted & set(counted(world, person)))
        hits["popular"] += len(wanted & set(most_followed(world, person)))
    total = sum(len(world.wanted[person]) for person in people)
    return {name: found / total for name, found in hits.items()}


async def test_suggestions_find_hidden_follows_better_than_counting(graph: Graph, tmp_path: Path):
    world = world_of(400)
    await loaded(graph, world, tmp_path / "follows.jsonl")
    recall = await recalls(graph, world, world.asked(40))
    assert recall["ours"] > recall["counted"] > recall["popular"], recall


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_suggestions_on_the_whole_network(graph: Graph, tmp_path: Path):
    world = world_of(962)
    await loaded(graph, world, tmp_path / "follows.jsonl")
    recall = await recalls(graph, world, world.asked(60))
    seconds: list[float] = []
    for person in Random(3).sample(range(962), 400):  # noqa: S311 -- the same in each run
        began = time.perf_counter()
        await suggesting.suggest(graph, world.ids[person], Window(PAGE))
        seconds.append(time.perf_counter() - began)
    parts = statistics.quantiles(seconds, n=100)
    logging.getLogger(__name__).info(
        "recall %s, p50 %.0f ms, p99 %.0f ms", recall, parts[49] * 1000, parts[98] * 1000
    )
    assert recall["ours"] > recall["counted"] > recall["popular"], recall


async def test_where_nobody_follows_anybody_the_newest_are_suggested_page_by_page(graph: Graph):
    me, *others = (uuid7() for _ in range(6))
    await graph.driver.execute_query(
        "UNWIND $rows AS row CREATE (:User {id: row[0], createdMs: row[1]})",
        rows=[[str(one), 1_000 + place] for place, one in enumerate([me, *others])],
    )
    found: list[UUID] = []
    part = Window(2)
    while True:
        page = await suggesting.suggest(graph, me, part)
        assert all(isinstance(one.item.reasons[0], NewHere) for one in page.items)
        found += [one.item.user_id for one in page.items]
        if not page.has_next:
            break
        part = Window(2, page.items[-1].position)
    assert found == others[::-1]


async def test_three_hops_are_suggested_where_two_do_not_reach_far(graph: Graph, tmp_path: Path):
    me, one, two, three, apart = (uuid7() for _ in range(5))
    pairs = ((me, one), (one, two), (two, three), (apart, one), (three, me))
    await loading.load(graph, written(tmp_path / "follows.jsonl", pairs))
    await graph.driver.execute_query(
        "MATCH (u:User {id: $id}) SET u.searchable = false", id=str(two)
    )
    page = await suggesting.suggest(graph, me, Window(PAGE))
    # Over `two`, who does not want to be found, but leads on all the same.
    assert [item.item.user_id for item in page.items] == [three]
