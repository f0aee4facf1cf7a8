"""What passes between the rooms: tweets, author cards, and pages of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")

SMALLEST_PAGE = 1
LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Tweet:
    """A tweet as stored; text, times and parents never change.

    `reply_to_author_id` stands when `reply_to_id` does, also after the parent was deleted.
    `root_id` is the first tweet of the thread, its own id if it began one. `version` grows by one
    with each event about this tweet.
    """

    id: UUID
    author_id: UUID
    text: str
    created_at: datetime
    reply_to_id: UUID | None
    reply_to_author_id: UUID | None
    root_id: UUID
    like_count: int
    reply_count: int
    version: int


@dataclass(frozen=True, slots=True)
class Avatar:
    """An author's picture, as a value: `key` names it, the URLs show it."""

    key: str
    url: str
    thumbnail_url: str
    blurhash: str | None


@dataclass(frozen=True, slots=True)
class AuthorCard:
    """What stands beside a tweet about its author; `version` is the user's own."""

    user_id: UUID
    username: str
    display_name: str
    avatar: Avatar | None
    version: int


@dataclass(frozen=True, slots=True)
class NewTweet:
    """A tweet that its author asks for: text in NFC and checked, key 1 to 128 characters."""

    author_id: UUID
    text: str
    reply_to_id: UUID | None
    key: str


class UserTweetFilter(Enum):
    """Which tweets stand on a person's page; `LIKES` are other people's too."""

    POSTS = "POSTS"
    POSTS_AND_REPLIES = "POSTS_AND_REPLIES"
    LIKES = "LIKES"


class ReplySort(Enum):
    """The order of replies."""

    OLDEST = "OLDEST"
    NEWEST = "NEWEST"


class SearchSort(Enum):
    """The order of what was found: newest first, or best match first (newest among equals)."""

    RECENT = "RECENT"
    RELEVANT = "RELEVANT"


@dataclass(frozen=True, slots=True)
class Position:
    """Where an item stands in a list: by `id`, or by falling `rank` and then `id`."""

    id: UUID
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a list: at most `first` items (1 to 100) after the position `after`."""

    first: int
    after: Position | None = None


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """An item and its position in the list it was read from."""

    position: Position
    item: T


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A window's items, in order, and whether the list goes on at either side of them."""

    items: Sequence[Placed[T]]
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class ThreadChange:
    """What happened in a thread: a reply came, a tweet went, or a follower lost its place.

    `number` counts the changes of the thread: whoever has seen this one goes on after it. Neither
    reply nor deleted tweet: a place to go on from, and where `gap`, what was before it can no
    longer be told. `traceparent` names the trace in which it happened.
    """

    number: int
    reply: Tweet | None = None
    deleted: UUID | None = None
    gap: bool = False
    traceparent: str | None = None
