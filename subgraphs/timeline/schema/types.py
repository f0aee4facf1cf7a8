"""What the timeline gives: ids of tweets in their order, and what changes that order."""

from typing import Annotated, TypeAlias

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from chassis.graphql import PageInfo
from subgraphs.timeline.model.ids import TWEET, global_id
from subgraphs.timeline.model.values import Item, RemovalReason, TimelineState

strawberry.enum(
    TimelineState,
    description="""How far a page can be trusted.

READY: nothing is known to be missing.
REBUILDING: likewise; the page comes from the database, while the ready-made feed is
lost or is being built.
DEGRADED: something may be missing: the change that `atLeast` names, or others of the last
seconds, have not arrived here yet, or one could not be handled and was put aside.""",
)
strawberry.enum(RemovalReason, description="Why a tweet is no longer in a timeline.")


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Tweet:
    """A tweet, by its id alone."""

    id: strawberry.ID


@strawberry.type(description="A tweet that somebody whom the viewer follows has posted.")
class TimelineTweet:
    """A tweet in a timeline."""

    tweet: Tweet | None


# A union of one: retweets, suggestions, ads and gaps have their places beside it.
TimelineItem: TypeAlias = Annotated[TimelineTweet, strawberry.union("TimelineItem")]


@strawberry.type
class TimelineEdge:
    """An item and its place."""

    cursor: str
    node: TimelineItem


@strawberry.type
class HomeTimeline:
    """A page of the home timeline, newest first."""

    edges: list[TimelineEdge]
    page_info: PageInfo
    state: TimelineState
    resume: str = strawberry.field(
        description="For `homeTimelineUpdates(after:)`: goes on live from what this page shows."
    )


@strawberry.type
class TimelineItemAdded:
    """An item that came into the timeline; it stands where its cursor says."""

    edge: TimelineEdge
    resume: str
    replayed: bool = strawberry.field(
        description="It came before this subscription did, after the token that was given."
    )


@strawberry.type
class TimelineItemRemoved:
    """A tweet that left the timeline."""

    tweet_id: strawberry.ID
    resume: str
    reason: RemovalReason


@strawberry.type(description="What came meanwhile cannot be told one by one: read page one again.")
class TimelineReset:
    """The first page must be read again."""

    resume: str
    message: str


TimelineEvent: TypeAlias = Annotated[
    TimelineItemAdded | TimelineItemRemoved | TimelineReset, strawberry.union("TimelineEvent")
]


def edge_of(item: Item, cursor: str) -> TimelineEdge:
    """Show an item at its place."""
    tweet = Tweet(id=strawberry.ID(global_id(TWEET, item.position.id)))
    return TimelineEdge(cursor=cursor, node=TimelineTweet(tweet=tweet))
