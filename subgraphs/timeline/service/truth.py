"""Make the projection anew from what the other services export as their truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from chassis.exports import Line, read_lines
from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.timeline.events import tweet_of
from subgraphs.timeline.model.errors import TruthRefused
from subgraphs.timeline.store import projection, truth


@dataclass
class Export:
    """What one service says to be true.

    Attributes:
        service: users, tweets or social.
        at_ms: when the export began, in Unix milliseconds.
        count: of objects in it; people's accounts are counted only, for nothing here needs them.
    """

    service: str
    at_ms: int
    count: int = 0
    tweets: list[truth.StagedTweet] = field(default_factory=list[truth.StagedTweet])
    follows: list[truth.StagedFollow] = field(default_factory=list[truth.StagedFollow])
    actors: list[truth.StagedActor] = field(default_factory=list[truth.StagedActor])


@traced
async def rebuild(database: Database, files: Sequence[Path]) -> int:
    """Make the projection say what the exports say, in one transaction, while events go on.

    All feeds are distrusted with it: each is made anew when it is next read, and who listens is
    told to read again.

    Returns:
        How many objects the files hold.

    Raises:
        TruthRefused: a line cannot be used; nothing is changed.
        OSError: a file cannot be read.
        StoreUnavailable: Postgres is away.
    """
    exports = [read_export(path) for path in files]
    async with database.transaction() as session:
        await truth.prepare(session)
        for export in exports:
            if export.service == "tweets":
                await truth.take_tweets(session, export.tweets, export.at_ms)
            elif export.service == "social":
                await truth.take_follows(session, export.follows, export.actors, export.at_ms)
        await projection.next_generation(session)
        await projection.forget_stream(session)
    return sum(export.count for export in exports)


def read_export(path: Path) -> Export:
    """Read and check every line of a file.

    Raises:
        TruthRefused: names file, line and what is wrong.
    """
    lines = read_lines(path, TruthRefused)
    export = _begun(path, lines)
    for line in lines:
        try:
            _take(export, line.fields)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise _refused(path, line.number, repr(error)) from error
    return export


def _begun(path: Path, lines: Iterator[Line]) -> Export:
    for line in lines:
        head = line.fields
        try:
            if head["kind"] == "export":
                return Export(str(head["service"]), int(head["atMs"]))
        except (KeyError, ValueError, TypeError) as error:
            raise _refused(path, line.number, repr(error)) from error
        break
    raise _refused(path, 1, "is not the first line of an export")


def _take(export: Export, fields: Mapping[str, Any]) -> None:
    export.count += 1
    match fields["kind"]:
        case "tweet":
            export.tweets.append(_tweet(fields))
        case "follow":
            edge = UUID(fields["actorId"]), UUID(fields["targetId"])
            export.follows.append((*edge, int(fields["version"])))
        case "actor":
            export.actors.append((UUID(fields["userId"]), int(fields["seq"])))
        case "account":
            pass
        case kind:
            raise ValueError(kind)


def _tweet(fields: Mapping[str, Any]) -> truth.StagedTweet:
    tweet = tweet_of(fields, int(fields["version"]), deleted=False)
    item = tweet.item
    return (
        item.position.id,
        item.author_id,
        tweet.reply_to_id,
        item.reply_to_author_id,
        tweet.root_id,
        item.position.ms,
        tweet.version,
    )


def _refused(path: Path, line: int, why: object) -> TruthRefused:
    return TruthRefused(("line",), f"{path.name}, line {line}: {why}")
