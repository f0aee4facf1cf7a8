"""Events in: tweets and follows, each kind with a place of its own in the stream."""

from __future__ import annotations

from typing import Final

from chassis.envelope import PREFIX, Envelope
from chassis.telemetry import traced
from subgraphs.timeline.events import (
    FOLLOW_ADDED,
    FOLLOW_REMOVED,
    TWEET_DELETED,
    TWEET_POSTED,
    told_follow,
    told_tweet,
)
from subgraphs.timeline.service.arriving import Arriving

TWEETS: Final = "timeline_tweets"
FOLLOWS: Final = "timeline_follows"
SUBJECTS: Final = {
    TWEETS: (f"{PREFIX}{TWEET_POSTED}", f"{PREFIX}{TWEET_DELETED}"),
    FOLLOWS: (f"{PREFIX}{FOLLOW_ADDED}", f"{PREFIX}{FOLLOW_REMOVED}"),
}


class TimelineConsumer:
    """Handles each event on `SUBJECTS` with the effect of once, in any order.

    Args:
        arriving: takes them in.
    """

    def __init__(self, arriving: Arriving) -> None:
        self._arriving = arriving

    @traced
    async def handle(self, event: Envelope) -> None:
        """Take an event in.

        Raises:
            EventMalformed: the event lacks what its schema promises; it will be dead-lettered.
            StoreUnavailable: Postgres is away; it will come again.
        """
        if event.type in (TWEET_POSTED, TWEET_DELETED):
            await self._arriving.tweet(told_tweet(event))
        elif event.type in (FOLLOW_ADDED, FOLLOW_REMOVED):
            await self._arriving.follow(told_follow(event))
