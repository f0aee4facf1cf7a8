"""Windows of lists of people, by key and never by offset, many people's lists in one query.

Every list is in the order of the follow that puts a person in it, the latest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, LiteralString
from uuid import UUID

from chassis.neo4j import Graph, Row
from chassis.telemetry import traced
from subgraphs.social.model.values import Page, Placed, Position, Since, Window

_HEAD: LiteralString = """
    UNWIND $owners AS owner
    CALL (owner) {
        MATCH (u:User {id: owner})
        MATCH """
_TAIL: LiteralString = """
        WHERE $after IS NULL OR f.at < $at OR (f.at = $at AND x.id < $after)
        RETURN x.id AS id, f.at AS at
        ORDER BY at DESC, id DESC
        LIMIT $limit
    }
    RETURN owner, id, at
"""

FOLLOWERS: Final[LiteralString] = _HEAD + "(u)<-[f:FOLLOWS]-(x:User)" + _TAIL
FOLLOWING: Final[LiteralString] = _HEAD + "(u)-[f:FOLLOWS]->(x:User)" + _TAIL
# Both ways.
MUTUALS: Final[LiteralString] = _HEAD + "(u)-[f:FOLLOWS]->(x:User)-[:FOLLOWS]->(u)" + _TAIL
# Whom the viewer follows, and who follow the owner.
KNOWN_FOLLOWERS: Final[LiteralString] = (
    _HEAD + "(:User {id: $viewer})-[:FOLLOWS]->(x:User)-[f:FOLLOWS]->(u)" + _TAIL
)

_COUNTS: Final[LiteralString] = """
    UNWIND $ids AS id
    MATCH (u:User {id: id})
    RETURN id, COUNT { (u)<-[:FOLLOWS]-() } AS followers, COUNT { (u)-[:FOLLOWS]->() } AS following
"""


@traced
async def pages(
    graph: Graph,
    listing: LiteralString,
    owners: Sequence[UUID],
    part: Window,
    viewer: UUID | None = None,
) -> Mapping[UUID, Page[Since]]:
    """Read the same window of several people's lists.

    Args:
        graph: where they are.
        listing: one of the four above.
        owners: whose lists; people whom the graph lacks have empty ones.
        part: which window.
        viewer: whose acquaintance counts in `KNOWN_FOLLOWERS`.
    """
    asked = {
        "owners": [str(owner) for owner in owners],
        "after": None if part.after is None else str(part.after.id),
        "at": None if part.after is None else part.after.keys[0],
        "limit": part.first + 1,
        "viewer": None if viewer is None else str(viewer),
    }
    found: dict[str, list[Row]] = {}
    for row in await graph.read(listing, asked):
        found.setdefault(row["owner"], []).append(row)
    return {owner: _page(found.get(str(owner), []), part) for owner in owners}


@traced
async def counts(graph: Graph, ids: Sequence[UUID]) -> Mapping[UUID, tuple[int, int]]:
    """Count the followers of people, and whom they follow; those without a node are left out."""
    rows = await graph.read(_COUNTS, {"ids": [str(user) for user in ids]})
    return {UUID(row["id"]): (row["followers"], row["following"]) for row in rows}


def _page(rows: Sequence[Row], part: Window) -> Page[Since]:
    # Rows of several owners come mixed.
    ordered = sorted(rows, key=lambda row: (row["at"], row["id"]), reverse=True)
    items = [Since(UUID(row["id"]), row["at"]) for row in ordered[: part.first]]
    placed = [Placed(Position((one.at_ms,), one.user_id), one) for one in items]
    return Page(placed, has_next=len(ordered) > part.first, has_previous=part.after is not None)
