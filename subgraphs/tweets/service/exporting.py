"""Write the truth about tweets as JSON lines, from which others make their projections."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chassis.exports import exported
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
    with exported(path, events.SOURCE) as write:
        async with database.transaction() as session:
            async for tweet in world.every_tweet(session):
                write("tweet", _fields(tweet))
                count += 1
    return count


def _fields(tweet: Tweet) -> Mapping[str, Any]:
    return {**events.placed(tweet), "version": tweet.version}
