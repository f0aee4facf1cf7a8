"""Write the truth about tweets as JSON lines, from which others make their projections."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.tweets import events
from subgraphs.tweets.model.values import Tweet
from subgraphs.tweets.store import world


@traced
async def export(database: Database, path: Path) -> int:
    """Write every tweet that lives, by id: one moment's view, in a file that is whole or not there.

    Returns:
        How many tweets there are.

    Raises:
        StoreUnavailable: Postgres is away.
        OSError: the file cannot be written.
    """
    count = 0
    beside = path.with_name(f"{path.name}.part")
    # Before the view is taken: what committed before this is in it.
    head = {"kind": "export", "service": events.SOURCE, "atMs": time.time_ns() // 1_000_000}
    with beside.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")
        async with database.transaction() as session:
            async for tweet in world.every_tweet(session):
                file.write(json.dumps(_line(tweet)) + "\n")
                count += 1
    beside.replace(path)
    return count


def _line(tweet: Tweet) -> Mapping[str, Any]:
    return {"kind": "tweet", **events.placed(tweet), "version": tweet.version}
