"""What is said about feeds, and how it is written in Redis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from subgraphs.timeline.model.values import Item, LogPosition, Page, Position, RemovalReason

Words: TypeAlias = "Sequence[Any]"


class EraPassed(Exception):
    """Redis lost its data since: what the caller has read may be older than what was lost."""


class Kind(Enum):
    """What a log entry says: one tweet came, one left, or too many changed at once."""

    ADDED = "added"
    REMOVED = "removed"
    RESET = "reset"


@dataclass(frozen=True)
class FeedState:
    """A feed as it was read: `ready` when nothing above its floor is missing."""

    position: LogPosition
    generation: int
    ready: bool


@dataclass(frozen=True)
class FeedPage:
    """What a feed says about a window.

    Attributes:
        state: of the feed, in the same moment.
        page: none where the window reaches below what the feed holds.
        thin: it holds far less than it could, while the database has more.
    """

    state: FeedState
    page: Page | None
    thin: bool


@dataclass(frozen=True)
class Entry:
    """One change in the log; `item` is none for a reset, `traceparent` empty without a trace."""

    kind: Kind
    seq: int
    item: Item | None
    reason: RemovalReason | None
    traceparent: str


@dataclass(frozen=True)
class Announced:
    """A feed that knows of a follow: which building of it, from where up it is complete."""

    epoch: str
    floor: Position
    grown: bool


class Begun(Enum):
    """How an attempt to build a feed began."""

    BEGUN = "begun"
    BUSY = "busy"
    THERE = "there"


def ids_of(people: Iterable[UUID]) -> Sequence[bytes]:
    """Write ids."""
    return [person.bytes for person in people]


def place_of(position: Position) -> tuple[int, bytes]:
    """Write a position: milliseconds, id."""
    return position.ms, position.id.bytes


def words_of(item: Item) -> tuple[int, bytes]:
    """Write an item: milliseconds, and the member of the sorted set."""
    answered = b"" if item.reply_to_author_id is None else item.reply_to_author_id.bytes
    return item.position.ms, item.position.id.bytes + item.author_id.bytes + answered


def item_of(member: bytes, ms: int) -> Item:
    """Read a member of the sorted set."""
    tweet, author, answered = member[:16], member[16:32], member[32:]
    return Item(
        Position(ms, UUID(bytes=tweet)),
        UUID(bytes=author),
        UUID(bytes=answered) if answered else None,
    )


def state_of(answer: Words) -> FeedState:
    """Read the four words that an answer about a feed begins with."""
    epoch, phase, generation, seq = answer[:4]
    return FeedState(LogPosition(epoch.decode(), int(seq)), int(generation), phase == b"ready")


def entry_of(id: bytes, words: Sequence[bytes]) -> Entry:
    """Read an entry of the log."""
    fields: Mapping[bytes, bytes] = dict(zip(words[::2], words[1::2], strict=True))
    member, reason = fields[b"item"], fields[b"reason"].decode()
    return Entry(
        kind=Kind(fields[b"kind"].decode()),
        seq=int(id.partition(b"-")[0]),
        item=item_of(member, int(fields[b"ms"])) if member else None,
        reason=RemovalReason(reason) if reason else None,
        traceparent=fields[b"trace"].decode(),
    )
