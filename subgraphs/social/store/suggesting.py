"""Candidates for whom to follow, with what their score is made of.

Never oneself, never somebody already followed, never somebody who does not want to be found; each
once, however many ways lead there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, LiteralString
from uuid import UUID

from chassis.neo4j import Graph, Row
from chassis.telemetry import traced

# As many of those one follows as count, the strongest first.
LARGEST_CIRCLE: Final = 200
# As many of them are looked at for that, those who follow the fewest first.
MOST_ACQUAINTANCES: Final = 1_000
MOST_CANDIDATES: Final = 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person whom the viewer might follow.

    Attributes:
        user_id: who.
        circle: sum over those whom the viewer follows and who follow this one, each by how near
            they are to the viewer and how few they follow; 0 for none.
        total: how many those are.
        by: the ids of the 3 strongest of them.
        since_ms: since when this one follows the viewer, in Unix milliseconds.
        followers: how many follow this one.
        posted_ms: time of the last post, likewise.
        joined_ms: when the account was made, likewise.
    """

    user_id: UUID
    circle: float
    total: int
    by: tuple[UUID, ...]
    since_ms: int | None
    followers: int
    posted_ms: int | None
    joined_ms: int | None


_FACTS: LiteralString = """
    OPTIONAL MATCH (c)-[back:FOLLOWS]->(:User {id: $viewer})
    RETURN c.id AS id, circle, total, by, back.at AS since,
        COUNT { (c)<-[:FOLLOWS]-() } AS followers, c.lastPostMs AS posted, c.createdMs AS joined
"""

# Affinity of me to m: which part of those whom m follows I follow too. An m who follows
# thousands says little about any one of them. Every way is walked once: whether I follow who is
# at its end is asked per person and not per way, and told to all their ways by UNWIND.
TWO_HOPS: Final[LiteralString] = (
    """
    MATCH (me:User {id: $viewer})-[:FOLLOWS]->(m:User)
    WITH me, m, COUNT { (m)-[:FOLLOWS]->() } AS out WHERE out > 0
    ORDER BY out, m.id
    LIMIT $acquaintances
    MATCH (m)-[:FOLLOWS]->(c:User)
    WITH me, c, collect({m: m, out: out}) AS ways
    WITH me, c, ways, EXISTS { (me)-[:FOLLOWS]->(c) } AS followed
    UNWIND ways AS way
    WITH me, way.m AS m, way.out AS out, count(CASE WHEN followed THEN c END) AS shared,
        collect(CASE WHEN NOT followed THEN c END) AS fresh
    WITH me, m.id AS mid, fresh, (shared + 1.0) / out AS affinity, log(1.0 + out) AS spread
    ORDER BY affinity DESC, mid
    LIMIT $circle
    WITH me, mid, fresh, affinity / spread AS weight
    ORDER BY weight DESC, mid
    UNWIND fresh AS c
    WITH me, c, sum(weight) AS circle, count(mid) AS total, collect(mid)[..3] AS by
    WHERE c <> me AND coalesce(c.searchable, true)
    ORDER BY circle DESC, c.id
    LIMIT $limit
"""
    + _FACTS
)

FOLLOW_THE_VIEWER: Final[LiteralString] = (
    """
    MATCH (me:User {id: $viewer})<-[f:FOLLOWS]-(c:User)
    WHERE NOT EXISTS { (me)-[:FOLLOWS]->(c) } AND coalesce(c.searchable, true)
    WITH c, f ORDER BY f.at DESC, c.id LIMIT $limit
    WITH c, 0.0 AS circle, 0 AS total, [] AS by
"""
    + _FACTS
)

THREE_HOPS: Final[LiteralString] = (
    """
    MATCH (me:User {id: $viewer})-[:FOLLOWS]->(:User)-[:FOLLOWS]->(n:User)
    WITH DISTINCT me, n
    MATCH (n)-[:FOLLOWS]->(c:User)
    WHERE c <> me AND NOT EXISTS { (me)-[:FOLLOWS]->(c) } AND coalesce(c.searchable, true)
        AND NOT EXISTS { (me)-[:FOLLOWS]->()-[:FOLLOWS]->(c) }
    WITH c, sum(1.0 / (1 + COUNT { (n)-[:FOLLOWS]->() })) AS circle
    ORDER BY circle DESC, c.id
    LIMIT $limit
    WITH c, circle, 0 AS total, [] AS by
"""
    + _FACTS
)

POPULAR: Final[LiteralString] = (
    """
    MATCH (c:User)
    WITH c, COUNT { (c)<-[:FOLLOWS]-() } AS many WHERE many > 0 AND c.id <> $viewer
        AND NOT EXISTS { (:User {id: $viewer})-[:FOLLOWS]->(c) } AND coalesce(c.searchable, true)
    ORDER BY many DESC, c.id
    LIMIT $limit
    WITH c, 0.0 AS circle, 0 AS total, [] AS by
"""
    + _FACTS
)

NEWEST: Final[LiteralString] = (
    """
    MATCH (c:User) WHERE c.createdMs > 0 AND c.id <> $viewer
        AND NOT EXISTS { (:User {id: $viewer})-[:FOLLOWS]->(c) } AND coalesce(c.searchable, true)
    WITH c ORDER BY c.createdMs DESC LIMIT $limit
    WITH c, 0.0 AS circle, 0 AS total, [] AS by
"""
    + _FACTS
)


@traced
async def candidates(
    graph: Graph, kind: LiteralString, viewer: UUID, limit: int = MOST_CANDIDATES
) -> Sequence[Candidate]:
    """Read candidates of one of the kinds above, at most `limit`, best first."""
    asked = {"viewer": str(viewer), "limit": limit}
    bounds = {"circle": LARGEST_CIRCLE, "acquaintances": MOST_ACQUAINTANCES}
    return [_candidate(row) for row in await graph.read(kind, asked | bounds)]


def _candidate(row: Row) -> Candidate:
    return Candidate(
        user_id=UUID(row["id"]),
        circle=row["circle"],
        total=row["total"],
        by=tuple(UUID(user) for user in row["by"]),
        since_ms=row["since"],
        followers=row["followers"],
        posted_ms=row["posted"],
        joined_ms=row["joined"],
    )
