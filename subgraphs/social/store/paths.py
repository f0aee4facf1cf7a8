"""The shortest way from one person to others, along whom they follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, LiteralString
from uuid import UUID

from chassis.neo4j import Graph
from chassis.telemetry import traced

_HEAD: LiteralString = """
    MATCH (me:User {id: $viewer})
    UNWIND $ids AS id
    MATCH (u:User {id: id}) WHERE u <> me
    MATCH p = shortestPath((me)-[:FOLLOWS*1.."""
_TAIL: LiteralString = """]->(u))
    RETURN id, [person IN nodes(p) | person.id] AS people
"""
# The bound cannot be a parameter, and a condition on the length would make Neo4j try every path.
_PATHS: Final[Mapping[int, LiteralString]] = {
    1: _HEAD + "1" + _TAIL,
    2: _HEAD + "2" + _TAIL,
    3: _HEAD + "3" + _TAIL,
    4: _HEAD + "4" + _TAIL,
    5: _HEAD + "5" + _TAIL,
    6: _HEAD + "6" + _TAIL,
}


@traced
async def shortest(
    graph: Graph, viewer: UUID, ids: Sequence[UUID], most_hops: int
) -> Mapping[UUID, Sequence[UUID]]:
    """Give the people on a shortest way to each, both ends included.

    Args:
        graph: where they are.
        viewer: where each way begins.
        ids: where they lead; those with no way of at most that length are left out.
        most_hops: 1 to 6.
    """
    asked = {"viewer": str(viewer), "ids": [str(user) for user in ids]}
    rows = await graph.read(_PATHS[most_hops], asked)
    return {UUID(row["id"]): [UUID(person) for person in row["people"]] for row in rows}
