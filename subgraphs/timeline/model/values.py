"""What passes between the rooms: tweets as far as order goes, pages, and what changes a feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias
from uuid import UUID

SMALLEST_PAGE: Final = 1
LARGEST_PAGE: Final = 100


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a tweet stands: by its time in Unix milliseconds, then by its id."""

    ms: int
    id: UUID


BOTTOM: Final = Position(0, UUID(int=0))


@dataclass(frozen=True, slots=True)
class Item:
    """A tweet in a feed; `reply_to_author_id` is null where it began a thread."""

    position: Position
    author_id: UUID
    reply_to_author_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Tweet:
    """A tweet as the projection has it.

    Attributes:
        version: the tweet's own, as of the newest event about it.
        deleted: it is gone; the row stays, so that a late event does not bring it back.
    """

    item: Item
    reply_to_id: UUID | None
    root_id: UUID
    version: int
    deleted: bool


@dataclass(frozen=True, slots=True)
class Follow:
    """Whether `actor_id` follows `target_id`, as of `version`, which is the actor's."""

    actor_id: UUID
    target_id: UUID
    version: int
    active: bool


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a list that is newest first.

    Attributes:
        size: at most so many items, 1 to 100.
        start: the position that the part lies beside; none for the list's end on that side.
        newer: the part lies above `start`; else below it.
    """

    size: int
    start: Position | None = None
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A window's items, newest first, and whether the list goes on below and above them."""

    items: Sequence[Item]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class LogPosition:
    """A place in the log of a feed: how many changes of it were seen, since when it was built.

    Attributes:
        epoch: names one building of the feed; another one's changes cannot be compared.
        seq: the changes seen, 0 and up.
    """

    epoch: str
    seq: int


# The page came from no feed: whoever goes on from here is told to read again.
NOWHERE: Final = LogPosition("", 0)


class TimelineState(Enum):
    """How far a page can be trusted."""

    READY = "READY"
    REBUILDING = "REBUILDING"
    DEGRADED = "DEGRADED"


class RemovalReason(Enum):
    """Why a tweet is no longer in a timeline."""

    DELETED = "DELETED"
    UNFOLLOWED = "UNFOLLOWED"
    BLOCKED = "BLOCKED"
    MUTED = "MUTED"
    PROTECTED = "PROTECTED"
    SUSPENDED = "SUSPENDED"


@dataclass(frozen=True, slots=True)
class Home:
    """One page of somebody's home timeline; `resume` goes on live from what the page shows."""

    page: Page
    state: TimelineState
    resume: LogPosition


@dataclass(frozen=True, slots=True)
class Added:
    """A tweet came into the feed; `replayed` when it did before the listener came.

    `traceparent` names the trace in which that happened, here and in the other changes.
    """

    item: Item
    resume: LogPosition
    replayed: bool
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """A tweet left the feed."""

    tweet_id: UUID
    reason: RemovalReason
    resume: LogPosition
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Reset:
    """What came meanwhile cannot be told one by one: read the first page again."""

    message: str
    resume: LogPosition
    traceparent: str | None = None


Change: TypeAlias = Added | Removed | Reset
