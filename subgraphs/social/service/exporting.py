"""Write the truth about follows as JSON lines, from which others make their projections."""

from __future__ import annotations

from pathlib import Path

from chassis.exports import exported
from chassis.neo4j import Graph
from chassis.telemetry import traced
from subgraphs.social.events import SOURCE
from subgraphs.social.store import world


@traced
async def export(graph: Graph, path: Path) -> int:
    """Write every actor's version, then every follow, in a file that is whole or not there.

    In this order: what changes meanwhile stands in the follows with a version above the actor's,
    and never is a version told whose follows are not.

    Returns:
        How many follows there are.

    Raises:
        StoreUnavailable: Neo4j is away.
        OSError: the file cannot be written.
    """
    count = 0
    with exported(path, SOURCE) as write:
        async for actor in world.actors(graph):
            write("actor", actor)
        async for edge in world.edges(graph):
            write("follow", edge)
            count += 1
    return count
