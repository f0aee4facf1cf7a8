"""Whom to follow, and why."""

import datetime
from typing import Annotated, Final, TypeAlias

import strawberry

from chassis.graphql import PageInfo, assumed_size
from subgraphs.social.model import values
from subgraphs.social.model.ids import time_of
from subgraphs.social.schema.types import User

MOST_SHOWN: Final = 3


@strawberry.type
class FollowedBy:
    """People whom the viewer follows follow this one."""

    users: list[User | None] = strawberry.federation.field(
        directives=[assumed_size(MOST_SHOWN)], description="up to 3 of them, the nearest first"
    )
    total: int


@strawberry.type
class FollowsYou:
    """This one follows the viewer."""

    since: datetime.datetime


@strawberry.type
class Popular:
    """Many follow this one."""

    follower_count: int


@strawberry.type
class NewHere:
    """This one has just come."""

    joined_at: datetime.datetime


SuggestionReason: TypeAlias = Annotated[
    FollowedBy | FollowsYou | Popular | NewHere, strawberry.union("SuggestionReason")
]


@strawberry.type
class Suggestion:
    """A person to follow."""

    user: User | None
    score: float = strawberry.field(
        description="compares people who are suggested for the same kind of reason"
    )
    reasons: list[SuggestionReason] = strawberry.federation.field(
        directives=[assumed_size(MOST_SHOWN)]
    )

    @classmethod
    def of(cls, one: values.Suggestion) -> "Suggestion":
        """Show a suggestion."""
        reasons = [_reason(reason) for reason in one.reasons]
        return cls(user=User.of(one.user_id), score=one.score, reasons=reasons)


@strawberry.type
class SuggestionEdge:
    """A suggestion in a list."""

    cursor: str
    node: Suggestion


@strawberry.type
class SuggestionConnection:
    """A page of suggestions."""

    edges: list[SuggestionEdge]
    page_info: PageInfo


def _reason(reason: values.Reason) -> FollowedBy | FollowsYou | Popular | NewHere:
    match reason:
        case values.FollowedBy(users, total):
            return FollowedBy(users=[User.of(user) for user in users], total=total)
        case values.FollowsYou(since_ms):
            return FollowsYou(since=time_of(since_ms))
        case values.Popular(followers):
            return Popular(follower_count=followers)
        case values.NewHere(joined_ms):
            return NewHere(joined_at=time_of(joined_ms))
