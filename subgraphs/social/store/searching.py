"""People by the beginning of a name, those nearest to the viewer first."""

from __future__ import annotations

from typing import Final, LiteralString
from uuid import UUID

from chassis.neo4j import Graph, Row
from chassis.telemetry import traced
from subgraphs.social.model.values import Found, Page, Placed, Position, Window

# hops away and how near that is: oneself 3, followed 2, two hops 1, farther 0
NEAREST: Final = 3

_SEARCH: Final[LiteralString] = """
    CALL () {
        MATCH (u:User) WHERE u.usernameKey STARTS WITH $prefix RETURN u
        UNION
        MATCH (u:User) WHERE u.nameKey STARTS WITH $prefix RETURN u
    }
    WITH u WHERE coalesce(u.searchable, true)
    OPTIONAL MATCH (me:User {id: $viewer})
    WITH u, COUNT { (u)<-[:FOLLOWS]-() } AS followers, CASE
        WHEN me IS NULL THEN null
        WHEN u = me THEN 0
        WHEN EXISTS { (me)-[:FOLLOWS]->(u) } THEN 1
        WHEN EXISTS { (me)-[:FOLLOWS]->()-[:FOLLOWS]->(u) } THEN 2
    END AS hops
    WITH u.id AS id, followers, hops, 3 - coalesce(hops, 3) AS near
    WHERE $after IS NULL OR near < $near
        OR (near = $near AND followers < $followers)
        OR (near = $near AND followers = $followers AND id < $after)
    RETURN id, hops, near, followers
    ORDER BY near DESC, followers DESC, id DESC
    LIMIT $limit
"""


@traced
async def search(graph: Graph, prefix: str, viewer: UUID | None, part: Window) -> Page[Found]:
    """Read a window of the people whose folded username or name begins with `prefix`.

    Nobody comes twice while the graph changes; whoever rises above the reader's place meanwhile
    is met by the next search.
    """
    near, followers = (None, None) if part.after is None else part.after.keys
    asked = {
        "prefix": prefix,
        "viewer": None if viewer is None else str(viewer),
        "near": near,
        "followers": followers,
        "after": None if part.after is None else str(part.after.id),
        "limit": part.first + 1,
    }
    rows = await graph.read(_SEARCH, asked)
    placed = [_placed(row) for row in rows[: part.first]]
    return Page(placed, has_next=len(rows) > part.first, has_previous=part.after is not None)


def _placed(row: Row) -> Placed[Found]:
    found = Found(UUID(row["id"]), row["hops"], row["followers"])
    return Placed(Position((row["near"], row["followers"]), found.user_id), found)
