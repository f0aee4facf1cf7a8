"""What can be listened to."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import UUID

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import Authenticated

from chassis.graphql import name_trace
from subgraphs.timeline.model import values
from subgraphs.timeline.model.ids import TWEET, global_id
from subgraphs.timeline.schema.context import Cursors, Info
from subgraphs.timeline.schema.types import (
    TimelineEvent,
    TimelineItemAdded,
    TimelineItemRemoved,
    TimelineReset,
    edge_of,
)
from subgraphs.timeline.service import live


@strawberry.type
class Subscription:
    """What can be listened to."""

    @strawberry.subscription(
        directives=[Authenticated()],
        description="What changes the home timeline from now on; with `after` first what has "
        "since that token, and nothing is lost between the two. A token that cannot be used "
        "any more gives a TimelineReset, and then what is new. While live updates cannot be had, "
        "it ends with UNAVAILABLE: the last token stays good.",
    )
    async def home_timeline_updates(
        self, info: Info, after: str | None = UNSET
    ) -> AsyncGenerator[TimelineEvent, None]:
        """Listen to the home timeline."""
        owner, cursors = info.context.signed_in(), info.context.cursors
        start = cursors.read_resume(owner, after) if after else None
        async with aclosing(live.changes(info.context.resources, owner, start)) as changes:
            async for change in changes:
                name_trace(change.traceparent)
                yield _shown(cursors, owner, change)


def _shown(
    cursors: Cursors, owner: UUID, change: values.Change
) -> TimelineItemAdded | TimelineItemRemoved | TimelineReset:
    resume = cursors.write_resume(owner, change.resume)
    match change:
        case values.Added(item=item, replayed=replayed):
            edge = edge_of(item, cursors.write(owner, item.position))
            return TimelineItemAdded(edge=edge, resume=resume, replayed=replayed)
        case values.Removed(tweet_id=tweet_id, reason=reason):
            gone = strawberry.ID(global_id(TWEET, tweet_id))
            return TimelineItemRemoved(tweet_id=gone, resume=resume, reason=reason)
        case values.Reset(message=message):
            return TimelineReset(resume=resume, message=message)
