"""Follow and unfollow: an edge and the actor's next version, in the caller's transaction."""

from __future__ import annotations

from typing import Final, LiteralString
from uuid import UUID

from chassis.neo4j import Row, Tx
from chassis.telemetry import traced
from subgraphs.social.model.values import Change, Relationship

# Both nodes are locked first, in the order of their ids, or two people who follow each other at
# the same moment would wait for each other. `collect` ends that part: what is read after it is
# what stood when the locks were held.
_LOCK: LiteralString = """
    MATCH (u:User) WHERE u.id IN $both
    WITH u ORDER BY u.id
    SET u.touchedMs = $at
    WITH collect(u) AS people WHERE size(people) = 2
    MATCH (a:User {id: $actor}), (b:User {id: $target})
    OPTIONAL MATCH (a)-[edge:FOLLOWS]->(b)
    OPTIONAL MATCH (b)-[back:FOLLOWS]->(a)
    WITH a, b, edge, edge.at AS since, back IS NOT NULL AS followedBy, coalesce(a.seq, 0) AS seq
"""

FOLLOW: Final[LiteralString] = (
    _LOCK
    + """
    FOREACH (_ IN CASE WHEN edge IS NULL THEN [1] ELSE [] END |
        CREATE (a)-[:FOLLOWS {at: $at, version: seq + 1}]->(b)
        SET a.seq = seq + 1
    )
    RETURN edge IS NULL AS changed, a.seq AS seq, coalesce(since, $at) AS since, followedBy
"""
)

UNFOLLOW: Final[LiteralString] = (
    _LOCK
    + """
    FOREACH (gone IN CASE WHEN edge IS NULL THEN [] ELSE [edge] END |
        DELETE gone
        SET a.seq = seq + 1
    )
    RETURN since IS NOT NULL AS changed, coalesce(a.seq, 0) AS seq, null AS since, followedBy
"""
)


@traced
async def add_follow(tx: Tx, actor: UUID, target: UUID, at_ms: int) -> Change | None:
    """Have `actor` follow `target` since `at_ms`, unless it is so already.

    Returns:
        How they stand now; `None` when the graph lacks one of them.
    """
    return await _change(tx, FOLLOW, actor, target, at_ms)


@traced
async def remove_follow(tx: Tx, actor: UUID, target: UUID, at_ms: int) -> Change | None:
    """Have `actor` no longer follow `target`.

    Returns:
        How they stand now; `None` when the graph lacks one of them.
    """
    return await _change(tx, UNFOLLOW, actor, target, at_ms)


async def _change(
    tx: Tx, query: LiteralString, actor: UUID, target: UUID, at_ms: int
) -> Change | None:
    pair = {"actor": str(actor), "target": str(target), "at": at_ms}
    result = await tx.run(query, pair | {"both": [str(actor), str(target)]})
    found = await result.single()
    return None if found is None else _read(found.data())


def _read(row: Row) -> Change:
    standing = Relationship(followed_by=row["followedBy"], following_since_ms=row["since"])
    return Change(changed=row["changed"], version=row["seq"], relationship=standing)
