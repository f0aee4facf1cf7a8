"""Write the truth about follows as JSON lines, from which others make their projections."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

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
    beside = path.with_name(f"{path.name}.part")
    with beside.open("w", encoding="utf-8") as file:
        head = {"service": SOURCE, "atMs": time.time_ns() // 1_000_000}
        _write(file, "export", head)
        async for actor in world.actors(graph):
            _write(file, "actor", actor)
        async for edge in world.edges(graph):
            _write(file, "follow", edge)
            count += 1
    beside.replace(path)
    return count


def _write(file: TextIO, kind: str, fields: Mapping[str, Any]) -> None:
    file.write(json.dumps({"kind": kind, **fields}) + "\n")
