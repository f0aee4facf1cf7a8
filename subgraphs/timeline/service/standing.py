"""How far projection and feeds can be trusted; asked of Postgres and NATS about once a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chassis.bus import Bus, BusUnavailable
from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.timeline.store import projection
from subgraphs.timeline.store.feed_words import FeedState

# So many events wait in a busy moment, too; more take seconds.
MOST_WAITING: Final = 200
KNOWN_SECONDS: Final = 1.0
# What is bad is looked at again soon: it was the first look, or it has passed.
BAD_SECONDS: Final = 0.2


@dataclass(frozen=True)
class Trust:
    """A look at how things stand.

    Attributes:
        generation: feeds of an earlier one may lack something.
        behind: events are known to wait, were put aside or are lost, or nobody knows.
    """

    generation: int
    behind: bool

    def in_feed(self, state: FeedState) -> bool:
        """Tell whether nothing is missing in a feed."""
        return state.ready and state.generation >= self.generation


class Standing:
    """Looks when asked, unless it has looked a moment ago.

    Args:
        database: has the generation.
        bus: knows how many events wait, and which were put aside.
        durables: the consumers that feed the projection.
    """

    def __init__(self, database: Database, bus: Bus, durables: Sequence[str]) -> None:
        self._database = database
        self._bus = bus
        self._durables = durables
        self._last: Trust | None = None
        self._until = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def now(self) -> Trust:
        """Give how things stand, at most a second old.

        Raises:
            StoreUnavailable: Postgres is away.
        """
        if self._last is None or time.monotonic() >= self._until:
            async with self._one_at_a_time:
                if self._last is None or time.monotonic() >= self._until:
                    return await self.look()
        return self._last

    @traced
    async def look(self) -> Trust:
        """Look now.

        Raises:
            StoreUnavailable: Postgres is away.
        """
        began = time.monotonic()
        async with self._database.session() as session:
            generation = await projection.generation(session)
        self._last = Trust(generation, await self._behind())
        self._until = began + (BAD_SECONDS if self._last.behind else KNOWN_SECONDS)
        return self._last

    async def _behind(self) -> bool:
        try:
            backlog = await self._bus.backlog(self._durables)
        except BusUnavailable:
            return True
        return (
            backlog.put_aside > 0
            or backlog.waiting > MOST_WAITING
            # NATS came back without its data, and nobody has rebuilt since.
            or not await self._fed_from(backlog.stream_made_at)
        )

    async def _fed_from(self, stream_made_at: str) -> bool:
        async with self._database.transaction() as session:
            return await projection.fed_from(session, stream_made_at)
