"""Load a world's follows: JSON lines `{actorId, targetId, at}`, all checked before any is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias
from uuid import UUID

from chassis.exports import read_lines
from chassis.neo4j import Graph, Tx
from chassis.telemetry import traced
from subgraphs.social.model.errors import WorldRefused
from subgraphs.social.service.lines import milliseconds, user_id
from subgraphs.social.store import world

# per actor (target, since when in Unix milliseconds)
Follows: TypeAlias = "dict[UUID, list[tuple[UUID, int]]]"

BATCH: Final = 2_000
BATCH_SECONDS: Final = 60.0


@traced
async def load(graph: Graph, path: Path) -> int:
    """Load follows, without events; what is there already is left as it is.

    Returns:
        How many follows are new.

    Raises:
        WorldRefused: a line cannot be used; nothing of the file is written.
        StoreUnavailable: Neo4j is away; loading again makes what is missing.
        OSError: the file cannot be read.
    """
    follows = read_follows(path)
    people = set(follows).union(*({target for target, _ in those} for those in follows.values()))
    for ids in _parts(sorted(people)):
        await graph.write(lambda tx, ids=ids: world.make_people(tx, ids), BATCH_SECONDS)
    made = 0
    for part in batches(follows):
        made += await graph.write(lambda tx, part=part: _make(tx, part), BATCH_SECONDS)
    return made


def read_follows(path: Path) -> Follows:
    """Read and check every line of a file.

    Raises:
        WorldRefused: names file, line and field.
    """
    follows: Follows = {}
    for line in read_lines(path, WorldRefused):
        actor, target = line.take("actorId", user_id), line.take("targetId", user_id)
        if actor == target:
            raise line.refuse("targetId", "nobody follows themselves")
        follows.setdefault(actor, []).append((target, line.take("at", milliseconds)))
    return {actor: _once(those) for actor, those in follows.items()}


def batches(follows: Follows) -> Iterator[Follows]:
    """Part what one transaction takes: whole actors, until there are enough follows."""
    part: Follows = {}
    for actor in sorted(follows):
        part[actor] = follows[actor]
        if sum(map(len, part.values())) >= BATCH:
            yield part
            part = {}
    if part:
        yield part


async def _make(tx: Tx, part: Mapping[UUID, Sequence[tuple[UUID, int]]]) -> int:
    return await world.make_follows(tx, part)


def _once(those: Iterable[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """Leave the first of each target, should a file name one twice."""
    first: dict[UUID, int] = {}
    for target, at in those:
        first.setdefault(target, at)
    return list(first.items())


def _parts(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]
