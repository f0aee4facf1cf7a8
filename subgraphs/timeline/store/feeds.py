"""Ready-made feeds in Redis: everything here may be lost at any moment, and is then made anew.

Each function is one script, so that nothing comes between its reads and its writes. All of them
may be repeated: what has been done already is not done, and not noted, again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from chassis.envelope import uuid7
from chassis.telemetry import inject, traced
from subgraphs.timeline.model.values import BOTTOM, Follow, Item, Page, Position, Window
from subgraphs.timeline.store.feed_words import (
    Announced,
    Begun,
    Entry,
    EraPassed,
    FeedPage,
    FeedState,
    entry_of,
    ids_of,
    item_of,
    place_of,
    state_of,
    words_of,
)
from subgraphs.timeline.store.scripts import Argument, Scripts

# No event is on its way for so long.
REMEMBER_GONE_SECONDS: Final = 24 * 3600
# A builder that died holds up the next one for as long.
BUILD_SECONDS: Final = 10


class Feeds:
    """The feeds of everybody.

    Args:
        scripts: to run in Redis.
        size: the most tweets kept of a feed.
        log_size: about how many changes can be resumed after.
        keep_seconds: how long a feed lives unread.
    """

    def __init__(self, scripts: Scripts, *, size: int, log_size: int, keep_seconds: int) -> None:
        self._scripts = scripts
        self._log_size = log_size
        self._keep = keep_seconds
        self.size = size
        self.era = ""

    @traced
    async def add(self, item: Item, era: str, people: Iterable[UUID]) -> Sequence[UUID]:
        """Bring a new tweet to those of `people` whose feeds show it.

        Args:
            item: the tweet.
            era: `self.era` from before the caller has read that the tweet is there.
            people: up to 500.

        Returns:
            Whose log grew.

        Raises:
            EraPassed: read again; `self.era` is the new one.
            FeedsUnavailable: Redis is away.
        """
        answer = await self._run("add", era, *words_of(item), *ids_of(people))
        if isinstance(answer, bytes):
            self.era = answer.decode()
            raise EraPassed
        return [UUID(bytes=person) for person in answer]

    @traced
    async def remove(self, item: Item, people: Iterable[UUID]) -> Sequence[UUID]:
        """Take a deleted tweet out of feeds, and keep it out; gives those whose log grew.

        Raises:
            FeedsUnavailable: Redis is away.
        """
        ms, member = words_of(item)
        answer = await self._run("remove", REMEMBER_GONE_SECONDS, ms, member, *ids_of(people))
        return [UUID(bytes=person) for person in answer]

    @traced
    async def follow(self, follow: Follow) -> Announced | None:
        """Let the actor's feed know of a follow; one that ended takes out what it brought.

        Returns:
            None where there is no feed, or it knows of a newer state.

        Raises:
            FeedsUnavailable: Redis is away.
        """
        answer = await self._run(
            "follow",
            follow.actor_id.bytes,
            follow.target_id.bytes,
            follow.version,
            "+" if follow.active else "-",
        )
        if not answer:
            return None
        epoch, ms, tweet, grown = answer
        return Announced(epoch.decode(), Position(int(ms), UUID(bytes=tweet)), bool(grown))

    @traced
    async def merge(
        self, viewer: UUID, epoch: str, items: Sequence[Item], bound: Position = BOTTOM
    ) -> bool:
        """Bring older tweets to a feed; those that the rule hides stay out.

        Args:
            viewer: whose feed.
            epoch: of the feed when it was told of the follow.
            items: what the follow brings, newest first.
            bound: what lies there or below was not read, so the feed ends above.

        Returns:
            Whether the log grew.

        Raises:
            FeedsUnavailable: Redis is away.
        """
        # Oldest first, so that listeners hear of them in their order.
        written = [word for item in reversed(items) for word in words_of(item)]
        return bool(await self._run("merge", viewer.bytes, epoch, *place_of(bound), *written))

    @traced
    async def begin(self, viewer: UUID, epoch: str, generation: int, unfit: str = "") -> Begun:
        """Begin to build a feed, unless a good one is there or being built.

        Args:
            viewer: whose feed.
            epoch: a new one.
            generation: the one in force, read before.
            unfit: an epoch that shall be built anew though it is complete.

        Raises:
            FeedsUnavailable: Redis is away.
        """
        answer = await self._run(
            "begin",
            viewer.bytes,
            epoch,
            generation,
            uuid7().hex,
            BUILD_SECONDS,
            self._keep,
            unfit,
        )
        return Begun(answer.decode())

    @traced
    async def fill(
        self,
        viewer: UUID,
        epoch: str,
        follows: Sequence[Follow],
        items: Sequence[Item],
        bound: Position = BOTTOM,
    ) -> bool:
        """Finish a feed with what the database says; what came meanwhile and is newer holds.

        Returns:
            False where the feed was lost since, or another building has begun.

        Raises:
            FeedsUnavailable: Redis is away.
        """
        known: list[Argument] = []
        for follow in follows:
            sign = "+" if follow.active else "-"
            known += (follow.target_id.bytes, follow.version, sign)
        written = [word for item in items for word in words_of(item)]
        return bool(
            await self._run(
                "fill", viewer.bytes, epoch, *place_of(bound), len(follows), *known, *written
            )
        )

    @traced
    async def page(self, viewer: UUID, window: Window) -> FeedPage | None:
        """Read a window of a feed and its state in one moment; none where there is no feed.

        Raises:
            FeedsUnavailable: Redis is away.
        """
        start = ("", "") if window.start is None else place_of(window.start)
        way = "newer" if window.newer else "older"
        # One more below the window proves that the list goes on; above, its rank does.
        count = window.size if window.newer else window.size + 1
        answer = await self._run("page", viewer.bytes, self._keep, count, way, *start)
        if not answer:
            return None
        held, whole, within, above, below = (int(word) for word in answer[4:9])
        items = [item_of(answer[i], int(answer[i + 1])) for i in range(9, len(answer), 2)]
        more = len(items) > window.size
        page = Page(items[: window.size], has_next=more or below > 0, has_previous=above > 0)
        thin = not whole and held < self.size // 4
        return FeedPage(state_of(answer), page if within else None, thin)

    @traced
    async def changes(
        self, viewer: UUID, after: int, limit: int
    ) -> tuple[FeedState, Sequence[Entry]] | None:
        """Read up to `limit` changes of a feed after a place in its log; none without a feed.

        Raises:
            FeedsUnavailable: Redis is away.
        """
        answer = await self._run("changes", viewer.bytes, self._keep, after, limit)
        if not answer:
            return None
        return state_of(answer), [entry_of(*entry) for entry in answer[4]]

    async def _run(self, name: str, *arguments: Argument) -> Any:
        trace = inject().get("traceparent", "")
        return await self._scripts.run(name, (self.size, self._log_size, trace, *arguments))
