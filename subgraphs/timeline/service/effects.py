"""Bring what the projection says into the feeds, or remember that this was not done.

An effect reads the current state and not the event, so it can be repeated in any order: each event
is followed by its effect at every delivery. Where Redis is away, the generation of the feeds is
raised instead: no feed that was begun before is trusted again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final
from uuid import UUID

import structlog

from chassis.bus import Bus, subject
from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.timeline.model.values import BOTTOM, Follow, Tweet
from subgraphs.timeline.store import pages, projection
from subgraphs.timeline.store.feed_words import Announced, EraPassed
from subgraphs.timeline.store.feeds import Feeds
from subgraphs.timeline.store.followers import audience
from subgraphs.timeline.store.scripts import FeedsUnavailable

LIVE: Final = ("mt", "live", "feed")
# Each try begins with the era that the last one found; it changes when Redis loses its data.
ERA_TRIES: Final = 5

_log: Final = structlog.get_logger(__name__)


class Effects:
    """What changes feeds.

    Args:
        database: the projection.
        feeds: in Redis.
        bus: rings for those whose feeds changed.
    """

    def __init__(self, database: Database, feeds: Feeds, bus: Bus) -> None:
        self._database = database
        self._feeds = feeds
        self._bus = bus

    async def of_tweet(self, id: UUID) -> None:
        """Bring a tweet to the feeds that show it, or take it out of all where it is deleted."""
        await self._or_distrust(lambda: self._spread_in_one_era(id))

    async def of_follow(self, actor: UUID, target: UUID) -> None:
        """Bring what a follow brings to its actor's feed, or take it out where the follow ended."""
        await self._or_distrust(lambda: self._settle(actor, target))

    async def _or_distrust(self, effect: Callable[[], Awaitable[None]]) -> None:
        try:
            await effect()
        except FeedsUnavailable:
            await self.distrust()

    @traced
    async def distrust(self) -> None:
        """Let all feeds be made anew, since an effect could not be brought to some."""
        async with self._database.transaction() as session:
            await projection.next_generation(session)
        _log.warning("feeds distrusted")

    async def _spread_in_one_era(self, id: UUID) -> None:
        for _ in range(ERA_TRIES):
            era = self._feeds.era
            async with self._database.session() as session:
                tweet = await projection.tweet_by_id(session, id)
            if tweet is None:
                return
            try:
                await self._spread(tweet, era)
            except EraPassed:
                continue
            return
        raise FeedsUnavailable

    @traced
    async def _spread(self, tweet: Tweet, era: str) -> None:
        """Fan out, chunk by chunk; after a failure the whole is repeated."""
        # A deleted tweet is barred with the first chunk, before the others are read: whoever
        # begins to follow after that finds it gone.
        async for people in audience(self._database, tweet.item.author_id):
            if tweet.deleted:
                grown = await self._feeds.remove(tweet.item, people)
            else:
                grown = await self._feeds.add(tweet.item, era, people)
            await self._ring(grown)

    @traced
    async def _settle(self, actor: UUID, target: UUID) -> None:
        async with self._database.session() as session:
            follow = await projection.follow_between(session, actor, target)
        if follow is None:
            return
        # First the feed learns of the follow, so that a tweet that is posted from now on reaches
        # it by itself; one that was posted before is among what is read next.
        told = await self._feeds.follow(follow)
        if told is None:
            return
        grown = told.grown
        if follow.active:
            grown = await self._backfill(follow, told)
        if grown:
            await self._ring([actor])

    async def _backfill(self, follow: Follow, told: Announced) -> bool:
        size = self._feeds.size
        actor, target = follow.actor_id, follow.target_id
        async with self._database.session() as session:
            items = await pages.brought_by(session, actor, target, told.floor, size + 1)
        held = items[:size]
        bound = items[-1].position if len(items) > len(held) else BOTTOM
        return await self._feeds.merge(actor, told.epoch, held, bound)

    async def _ring(self, people: Iterable[UUID]) -> None:
        for person in people:
            await self._bus.tell(subject(*LIVE, person.hex))
