"""What passes between the rooms: people, follows, and pages of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")

SMALLEST_PAGE = 1
LARGEST_PAGE = 100
MOST_HOPS = 6


@dataclass(frozen=True, slots=True)
class Names:
    """What people call a user; `version` is the user's own, as users counts it."""

    user_id: UUID
    username: str
    display_name: str
    version: int


@dataclass(frozen=True, slots=True)
class Profile:
    """What users tells of a person.

    `searchable` is false for those who do not want to be found; `created_ms` is when the account
    was made (Unix milliseconds), `None` where that is not told.
    """

    names: Names
    protected: bool
    searchable: bool
    created_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """One person follows another since `at_ms` (Unix milliseconds).

    `version` is the actor's after this follow: it lives on the actor, so that it grows across
    unfollow and follow again.
    """

    actor_id: UUID
    target_id: UUID
    at_ms: int
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """How actor and target stand after a follow or unfollow.

    Attributes:
        changed: false when it was so before.
        version: the actor's; 0 for somebody who never followed anybody.
        relationship: the actor's to the target.
    """

    changed: bool
    version: int
    relationship: Relationship


@dataclass(frozen=True, slots=True)
class Relationship:
    """How one person stands to another; times in Unix milliseconds."""

    followed_by: bool = False
    following_since_ms: int | None = None

    @property
    def following(self) -> bool:
        """Whether one follows the other."""
        return self.following_since_ms is not None


class Listing(Enum):
    """Which list of a person; `KNOWN_FOLLOWERS` are those whom the viewer follows."""

    FOLLOWERS = "followers"
    FOLLOWING = "following"
    MUTUALS = "mutuals"
    KNOWN_FOLLOWERS = "knownFollowers"


@dataclass(frozen=True, slots=True)
class Since:
    """A person in a list, by a follow that stands since `at_ms` (Unix milliseconds)."""

    user_id: UUID
    at_ms: int


@dataclass(frozen=True, slots=True)
class Found:
    """A person found by name; `hops` away from the viewer (0 to 2), `None` if farther or nobody."""

    user_id: UUID
    hops: int | None
    followers: int


@dataclass(frozen=True, slots=True)
class FollowedBy:
    """People whom the viewer follows follow this one: up to 3 of them, the nearest first."""

    users: tuple[UUID, ...]
    total: int


@dataclass(frozen=True, slots=True)
class FollowsYou:
    """This one follows the viewer."""

    since_ms: int


@dataclass(frozen=True, slots=True)
class Popular:
    """Many follow this one."""

    followers: int


@dataclass(frozen=True, slots=True)
class NewHere:
    """This one has just come."""

    joined_ms: int


Reason = FollowedBy | FollowsYou | Popular | NewHere


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A person to follow, why, and how much so."""

    user_id: UUID
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """Where an item stands in a list: by falling `keys`, and among equals by falling `id`."""

    keys: tuple[int, ...]
    id: UUID


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
