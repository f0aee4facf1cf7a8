"""Find people by the beginning of a name."""

from __future__ import annotations

from uuid import UUID

from chassis.neo4j import Graph
from chassis.telemetry import traced
from subgraphs.social.model.names import search_prefix
from subgraphs.social.model.values import Found, Page, Window
from subgraphs.social.store import searching as store


@traced
async def search(graph: Graph, prefix: str, viewer: UUID | None, part: Window) -> Page[Found]:
    """Give a window of what was found: the nearest to the viewer first, then the most followed.

    Raises:
        PrefixRefused: nothing to look for, or too long.
    """
    return await store.search(graph, search_prefix(prefix), viewer, part)


def rank(found: Found) -> float:
    """Show the order as a number: nearness before the point, popularity behind it."""
    near = store.NEAREST - (store.NEAREST if found.hops is None else found.hops)
    return near + found.followers / (found.followers + 1)
