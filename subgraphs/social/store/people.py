"""What the graph knows of a person; newer versions stay, whatever comes later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, LiteralString
from uuid import UUID

from chassis.neo4j import Graph, Row, Tx
from chassis.telemetry import traced
from subgraphs.social.model.names import fold
from subgraphs.social.model.values import Names, Profile

_KNOWN: Final[LiteralString] = "MATCH (u:User) WHERE u.id IN $ids RETURN u.id AS id"

# The first SET locks the node, so that the version read after it is nobody's old news. Rows come
# in the order of ids: two batches do not wait for each other.
_ONE: LiteralString = """
    UNWIND $rows AS row
    MERGE (u:User {id: row.id})
    SET u.touchedMs = timestamp()
    WITH u, row
"""

_NAMES: Final[LiteralString] = (
    _ONE
    + """
    WHERE coalesce(u.version, -1) < row.names.version
    SET u += row.names
"""
)

# As new counts too: names from a card come without what else a profile says.
_PROFILES: Final[LiteralString] = (
    _ONE
    + """
    SET u.createdMs = coalesce(row.createdMs, u.createdMs)
    WITH u, row WHERE coalesce(u.version, -1) <= row.names.version
    SET u += row.names, u.protected = row.protected, u.searchable = row.searchable
"""
)

_CREATED: Final[LiteralString] = _ONE + "SET u.createdMs = coalesce(u.createdMs, row.createdMs)"

_POSTED: Final[LiteralString] = (
    _ONE
    + """
    WHERE coalesce(u.lastPostMs, -1) < row.at
    SET u.lastPostMs = row.at
"""
)


@traced
async def known(graph: Graph, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Give those among `ids` that have a node."""
    found = await graph.read(_KNOWN, {"ids": [str(user) for user in ids]})
    return frozenset(UUID(row["id"]) for row in found)


@traced
async def store_names(tx: Tx, people: Sequence[Names]) -> None:
    """Keep the names of people, who get a node where they have none."""
    rows = [{"id": str(one.user_id), "names": names_row(one)} for one in people]
    await _run(tx, _NAMES, rows)


@traced
async def store_profiles(tx: Tx, profiles: Sequence[Profile]) -> None:
    """Keep what users says of people, who get a node where they have none."""
    await _run(tx, _PROFILES, [_profile_row(one) for one in profiles])


@traced
async def store_created(tx: Tx, user: UUID, created_ms: int) -> None:
    """Keep when an account was made."""
    await _run(tx, _CREATED, [{"id": str(user), "createdMs": created_ms}])


@traced
async def store_post(tx: Tx, author: UUID, at_ms: int) -> None:
    """Keep that `author` posted, if it was their last post so far."""
    await _run(tx, _POSTED, [{"id": str(author), "at": at_ms}])


def names_row(one: Names) -> dict[str, str | int]:
    """Give the properties of a node that names make."""
    return {
        "username": one.username,
        "displayName": one.display_name,
        "usernameKey": fold(one.username),
        "nameKey": fold(one.display_name),
        "version": one.version,
    }


def _profile_row(one: Profile) -> dict[str, object]:
    return {
        "id": str(one.names.user_id),
        "names": names_row(one.names),
        "protected": one.protected,
        "searchable": one.searchable,
        "createdMs": one.created_ms,
    }


async def _run(tx: Tx, query: LiteralString, rows: Sequence[Row]) -> None:
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    await (await tx.run(query, {"rows": ordered})).consume()
