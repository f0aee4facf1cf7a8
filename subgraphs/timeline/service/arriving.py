"""Take events in: first the projection, in one transaction, then the feeds.

In this order, whoever reads the projection after an effect finds what caused it, and of two
changes that meet (a post and a follow) one always sees the other.
"""

from __future__ import annotations

import asyncio
from typing import Final

from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.timeline.model.values import Follow, Tweet
from subgraphs.timeline.service.effects import Effects
from subgraphs.timeline.store import projection

# Of the ten connections to the database: after a pause many events come together, and pages and
# events alike would wait for one until they fail.
AT_ONCE: Final = 6


class Arriving:
    """What the consumers call.

    Args:
        database: the projection.
        effects: bring it to the feeds.
    """

    def __init__(self, database: Database, effects: Effects) -> None:
        self._database = database
        self._effects = effects
        self._turns = asyncio.Semaphore(AT_ONCE)

    @traced
    async def tweet(self, tweet: Tweet) -> None:
        """Take in a tweet that was posted or deleted.

        Raises:
            StoreUnavailable: Postgres is away; the event must come again.
        """
        async with self._turns:
            async with self._database.transaction() as session:
                await projection.put_tweet(session, tweet)
            await self._effects.of_tweet(tweet.item.position.id)

    @traced
    async def follow(self, follow: Follow) -> None:
        """Take in a follow that began or ended.

        Raises:
            StoreUnavailable: Postgres is away; the event must come again.
        """
        async with self._turns:
            async with self._database.transaction() as session:
                await projection.put_follow(session, follow)
            await self._effects.of_follow(follow.actor_id, follow.target_id)
