"""How one person stands to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, LiteralString
from uuid import UUID

from chassis.neo4j import Graph
from chassis.telemetry import traced
from subgraphs.social.model.values import Relationship

_STANDING: Final[LiteralString] = """
    MATCH (me:User {id: $viewer})
    UNWIND $ids AS id
    MATCH (u:User {id: id}) WHERE u <> me
    OPTIONAL MATCH (me)-[to:FOLLOWS]->(u)
    OPTIONAL MATCH (u)-[back:FOLLOWS]->(me)
    RETURN id, to.at AS since, back IS NOT NULL AS followedBy
"""


@traced
async def relationships(
    graph: Graph, viewer: UUID, ids: Sequence[UUID]
) -> Mapping[UUID, Relationship]:
    """Tell how `viewer` stands to people; those without a node are left out, and so is oneself."""
    asked = {"viewer": str(viewer), "ids": [str(user) for user in ids]}
    return {
        UUID(row["id"]): Relationship(row["followedBy"], row["since"])
        for row in await graph.read(_STANDING, asked)
    }
