"""Read lists, counts, relationships and paths: many people at once, for the loaders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, LiteralString
from uuid import UUID

from chassis.neo4j import Graph
from chassis.telemetry import traced
from subgraphs.social.model.errors import HopsRefused, PageRefused
from subgraphs.social.model.values import (
    LARGEST_PAGE,
    MOST_HOPS,
    SMALLEST_PAGE,
    Listing,
    Page,
    Position,
    Relationship,
    Since,
    Window,
)
from subgraphs.social.store import lists, paths, standing

_LISTINGS: Final[Mapping[Listing, LiteralString]] = {
    Listing.FOLLOWERS: lists.FOLLOWERS,
    Listing.FOLLOWING: lists.FOLLOWING,
    Listing.MUTUALS: lists.MUTUALS,
    Listing.KNOWN_FOLLOWERS: lists.KNOWN_FOLLOWERS,
}


def window(first: int, after: Position | None) -> Window:
    """Ask for `first` items after a position.

    Raises:
        PageRefused: not 1 to 100; names `first`.
    """
    if not SMALLEST_PAGE <= first <= LARGEST_PAGE:
        raise PageRefused(("first",))
    return Window(first, after)


def check_hops(most: int) -> int:
    """Check how long a path may be.

    Raises:
        HopsRefused: not 1 to 6; names `maxHops`.
    """
    if not 1 <= most <= MOST_HOPS:
        raise HopsRefused(("maxHops",))
    return most


@traced
async def pages(
    graph: Graph, listing: Listing, users: Sequence[UUID], part: Window, viewer: UUID | None
) -> Mapping[UUID, Page[Since]]:
    """Give the same window of several people's lists."""
    return await lists.pages(graph, _LISTINGS[listing], users, part, viewer)


@traced
async def counts(graph: Graph, users: Sequence[UUID]) -> Mapping[UUID, tuple[int, int]]:
    """Count followers and followed; people whom the graph does not know are left out."""
    return await lists.counts(graph, users)


@traced
async def relationships(
    graph: Graph, viewer: UUID, users: Sequence[UUID]
) -> Mapping[UUID, Relationship]:
    """Tell how `viewer` stands to people; those whom the graph does not know are left out."""
    return await standing.relationships(graph, viewer, users)


@traced
async def shortest_paths(
    graph: Graph, viewer: UUID, users: Sequence[UUID], most_hops: int
) -> Mapping[UUID, Sequence[UUID]]:
    """Give the people on a shortest way to each; to oneself it is oneself alone.

    Those to whom no way of at most `most_hops` leads are left out.
    """
    own = {viewer: [viewer]} if viewer in users else {}
    return own | dict(await paths.shortest(graph, viewer, users, most_hops))
