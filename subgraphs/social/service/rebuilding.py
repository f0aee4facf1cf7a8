"""Make anew what the graph knows from others: people from users, last posts from tweets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from chassis.exports import Line, any_text, read_export, whole_number
from chassis.neo4j import Graph
from chassis.telemetry import traced
from subgraphs.social.model.errors import WorldRefused
from subgraphs.social.model.values import Names, Profile
from subgraphs.social.service.lines import flag, user_id
from subgraphs.social.store import people, world

BATCH: Final = 1_000
BATCH_SECONDS: Final = 60.0


@traced
async def rebuild(graph: Graph, users: Path, tweets: Path) -> int:
    """Take over two exports while everything runs; what is newer than they are stays.

    Returns:
        How many accounts there are.

    Raises:
        WorldRefused: a line cannot be used.
        StoreUnavailable: Neo4j is away; rebuilding again ends the work.
        OSError: a file cannot be read.
    """
    _, accounts = read_export(users, "users", WorldRefused)
    count = 0
    while profiles := [_profile(line) for line in islice(accounts, BATCH)]:
        await graph.write(lambda tx, p=profiles: people.store_profiles(tx, p), BATCH_SECONDS)
        count += len(profiles)
    await _rebuild_posts(graph, tweets)
    return count


async def _rebuild_posts(graph: Graph, tweets: Path) -> None:
    began_ms, lines = read_export(tweets, "tweets", WorldRefused)
    posts: dict[UUID, int] = {}
    for line in lines:
        author, at = line.take("authorId", user_id), line.take("createdMs", whole_number)
        posts[author] = max(at, posts.get(author, 0))
    for part in _parts(list(posts.items())):
        await graph.write(
            lambda tx, part=part: world.store_last_posts(tx, dict(part), began_ms), BATCH_SECONDS
        )
    authors = list(posts)
    await graph.write(lambda tx: world.forget_last_posts(tx, authors, began_ms), BATCH_SECONDS)


def _profile(line: Line) -> Profile:
    names = Names(
        user_id=line.take("userId", user_id),
        username=line.take("username", any_text),
        display_name=line.take("displayName", any_text),
        version=line.take("version", whole_number),
    )
    return Profile(
        names=names,
        protected=line.take("protected", flag),
        searchable=line.take("searchable", flag),
        created_ms=line.take("createdMs", whole_number),
    )


def _parts(items: Sequence[tuple[UUID, int]]) -> Iterator[Sequence[tuple[UUID, int]]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
