"""What can be followed."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry
from strawberry import UNSET

from chassis.graphql import name_trace
from subgraphs.tweets.model.errors import TweetMissing
from subgraphs.tweets.model.ids import TWEET, global_id, parse_global_id
from subgraphs.tweets.model.values import ThreadChange
from subgraphs.tweets.schema.context import Info
from subgraphs.tweets.schema.types import Tweet


@strawberry.type(
    description="One change of a thread: a reply that came, or a tweet that was deleted. Neither:"
    " the place where following began."
)
class ThreadEvent:
    """A change of a thread."""

    cursor: str = strawberry.field(description="go on from here: `threadReplies(after:)`")
    reply: Tweet | None = strawberry.field(description="new, anywhere in the thread")
    deleted_id: strawberry.ID | None = strawberry.field(
        description="a tweet that is gone; `rootId` itself ends the stream"
    )
    gap: bool = strawberry.field(
        description="what happened since `after` is no longer kept: read the thread anew"
    )


@strawberry.type
class Subscription:
    """What can be followed."""

    @strawberry.subscription(
        description="New replies anywhere in a thread, and deletions, in order. Without `after` the"
        " first event is the place where it begins; with it, all that was missed comes first."
    )
    async def thread_replies(
        self, info: Info, root_id: strawberry.ID, after: str | None = UNSET
    ) -> AsyncGenerator[ThreadEvent, None]:
        """Follow a thread."""
        root = parse_global_id(TWEET, root_id)
        if root is None:
            raise TweetMissing(("rootId",))
        cursors = info.context.cursors
        place = cursors.read_change(root, None if after is UNSET else after)
        async with aclosing(await info.context.threads.follow(root, place)) as changes:
            async for change in changes:
                name_trace(change.traceparent)
                yield _event(change, cursors.write_change(root, change.number))


def _event(change: ThreadChange, cursor: str) -> ThreadEvent:
    deleted = change.deleted and strawberry.ID(global_id(TWEET, change.deleted))
    return ThreadEvent(
        cursor=cursor,
        reply=change.reply and Tweet.of(change.reply),
        deleted_id=deleted,
        gap=change.gap,
    )
