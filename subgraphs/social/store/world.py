"""Many people and follows at once: load, export, rebuild."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final, LiteralString
from uuid import UUID

from chassis.neo4j import Graph, Row, Tx
from chassis.telemetry import traced

_PEOPLE: Final[LiteralString] = "UNWIND $ids AS id MERGE (:User {id: id})"

# One row per actor, whose node is locked first; `collect` ends the part before anything is made.
_FOLLOWS: Final[LiteralString] = """
    UNWIND $rows AS row
    MATCH (a:User {id: row.actor})
    SET a.touchedMs = timestamp()
    WITH a, row
    CALL (a, row) {
        UNWIND row.follows AS follow
        MATCH (b:User {id: follow.target})
        WHERE NOT EXISTS { (a)-[:FOLLOWS]->(b) }
        WITH b, follow ORDER BY follow.at, follow.target
        RETURN collect({b: b, at: follow.at}) AS fresh
    }
    WITH a, fresh, coalesce(a.seq, 0) AS seq
    SET a.seq = seq + size(fresh)
    WITH a, fresh, seq
    UNWIND range(0, size(fresh) - 1) AS place
    WITH a, seq + place + 1 AS version, fresh[place].b AS b, fresh[place].at AS at
    CREATE (a)-[f:FOLLOWS {at: at, version: version}]->(b)
    RETURN count(f) AS made
"""

_ACTORS: Final[LiteralString] = """
    MATCH (u:User) WHERE u.seq > 0
    RETURN u.id AS userId, u.seq AS seq
    ORDER BY userId
"""

_EDGES: Final[LiteralString] = """
    MATCH (a:User)-[f:FOLLOWS]->(b:User)
    RETURN a.id AS actorId, b.id AS targetId, f.version AS version, f.at AS atMs
    ORDER BY actorId, version
"""

_LAST_POSTS: Final[LiteralString] = """
    UNWIND $rows AS row
    MERGE (u:User {id: row.id})
    SET u.touchedMs = timestamp()
    WITH u, row WHERE coalesce(u.lastPostMs, 0) <= $since
    SET u.lastPostMs = row.at
"""

# Those of whom the export has no post: what is newer than it stays.
_POSTLESS: Final[LiteralString] = """
    MATCH (u:User) WHERE u.lastPostMs <= $since AND NOT u.id IN $authors
    SET u.lastPostMs = null
"""


@traced
async def make_people(tx: Tx, ids: Sequence[UUID]) -> None:
    """Give people a node where they have none."""
    await (await tx.run(_PEOPLE, {"ids": sorted(str(user) for user in ids)})).consume()


@traced
async def make_follows(tx: Tx, follows: Mapping[UUID, Sequence[tuple[UUID, int]]]) -> int:
    """Make the follows of actors that are not there yet, the oldest first, without events.

    Args:
        tx: of the caller.
        follows: per actor (target, since when in Unix milliseconds); all have nodes.

    Returns:
        How many are new.
    """
    rows = [
        {
            "actor": str(actor),
            "follows": [{"target": str(target), "at": at} for target, at in follows[actor]],
        }
        for actor in sorted(follows)
    ]
    found = await (await tx.run(_FOLLOWS, {"rows": rows})).single()
    return 0 if found is None else found["made"]


@traced
async def store_last_posts(tx: Tx, posts: Mapping[UUID, int], since_ms: int) -> None:
    """Set when people last posted, but for those who have posted after `since_ms`."""
    rows = [{"id": str(author), "at": posts[author]} for author in sorted(posts)]
    await (await tx.run(_LAST_POSTS, {"rows": rows, "since": since_ms})).consume()


@traced
async def forget_last_posts(tx: Tx, authors: Sequence[UUID], since_ms: int) -> None:
    """Forget the posts up to `since_ms` of all who are not among `authors`."""
    asked = {"authors": [str(author) for author in authors], "since": since_ms}
    await (await tx.run(_POSTLESS, asked)).consume()


def actors(graph: Graph) -> AsyncIterator[Row]:
    """Give `{userId, seq}` of everybody who ever followed."""
    return graph.stream(_ACTORS)


def edges(graph: Graph) -> AsyncIterator[Row]:
    """Give `{actorId, targetId, version, atMs}` of every follow."""
    return graph.stream(_EDGES)
