"""What changes a home timeline, one by one: first what was missed, then what happens.

The log of the feed is read from the listener's own place; bells only say when to look. So nothing
is lost between page, replay and live, and a slow listener keeps nobody waiting.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Final
from uuid import UUID

from opentelemetry.trace import SpanKind

from chassis.postgres import StoreUnavailable
from chassis.telemetry import inject, span, trace_of
from subgraphs.timeline.model.errors import LiveUnavailable
from subgraphs.timeline.model.values import (
    Added,
    Change,
    LogPosition,
    RemovalReason,
    Removed,
    Reset,
    Window,
)
from subgraphs.timeline.service.bells import Bell
from subgraphs.timeline.service.resources import Resources
from subgraphs.timeline.store.feed_words import Entry, FeedState, Kind
from subgraphs.timeline.store.scripts import FeedsUnavailable

BATCH: Final = 100
# While Redis or the builder is busy or away.
RETRY_SECONDS: Final = 0.5
# A moment's absence loses nothing and is kept from the listener; a longer one is not.
PATIENCE_SECONDS: Final = 5.0
UNUSABLE: Final = "This token is of another feed, or too old; read the first page again."
REBUILT: Final = "The timeline was put together anew; read the first page again."
TOO_MANY: Final = "Many tweets came or went at once; read the first page again."


async def changes(
    resources: Resources, viewer: UUID, start: LogPosition | None
) -> AsyncGenerator[Change, None]:
    """Give what changes somebody's home timeline, until the listener leaves.

    Reads on only when the last change was taken.

    Args:
        resources: stores and bus.
        viewer: whose timeline.
        start: go on after this place; none for what happens from now on.

    Raises:
        LiveUnavailable: Redis or Postgres is away for longer than a moment; go on after the last
            change later, and nothing is lost.
    """
    async with resources.bells.of(viewer) as bell:
        end, waited = await _end(resources, viewer, bell)
        place, replayed_to = end, end.seq
        if start is not None and start.epoch == end.epoch and start.seq <= end.seq:
            place = start
        elif start is not None:
            yield Reset(UNUSABLE, end)
        elif waited:
            # What happened while there was no feed would be missing.
            yield Reset(REBUILT, end)
        while True:
            part = await _next_part(resources, viewer, place)
            if part is None:
                lost_at = place
                end, _ = await _end(resources, viewer, bell)
                place = end
                yield Reset(UNUSABLE if lost_at.epoch == end.epoch else REBUILT, end)
                continue
            for entry in part:
                place = LogPosition(place.epoch, entry.seq)
                yield _change(entry, place, replayed=entry.seq <= replayed_to)
            if len(part) < BATCH:
                await bell.wait()


async def _end(resources: Resources, viewer: UUID, bell: Bell) -> tuple[LogPosition, bool]:
    """Give the end of a feed's log, and whether that took waiting; builds the feed if need be."""
    waited, patience = False, _Patience()
    while True:
        state = await _trusted(resources, viewer)
        if state is not None:
            return state.position, waited
        if not await resources.builder.build(viewer):
            waited = True
            patience.check()
            await bell.wait(RETRY_SECONDS)


async def _trusted(resources: Resources, viewer: UUID) -> FeedState | None:
    try:
        trust = await resources.standing.now()
        found = await resources.feeds.page(viewer, Window(1))
    except (FeedsUnavailable, StoreUnavailable):
        return None
    return found.state if found is not None and trust.in_feed(found.state) else None


async def _next_part(resources: Resources, viewer: UUID, place: LogPosition) -> list[Entry] | None:
    """Read on in the log; none where it cannot be read on from this place."""
    patience = _Patience()
    while True:
        try:
            trust = await resources.standing.now()
            found = await resources.feeds.changes(viewer, place.seq, BATCH)
        except (FeedsUnavailable, StoreUnavailable):
            # It may come back with all that it had; if not, the epoch will tell.
            patience.check()
            await asyncio.sleep(RETRY_SECONDS)
            continue
        if found is None:
            return None
        state, entries = found
        if state.position.epoch != place.epoch or not trust.in_feed(state):
            return None
        missing = place.seq < state.position.seq and (
            not entries or entries[0].seq != place.seq + 1
        )
        return None if missing else list(entries)


class _Patience:
    """How long a listener is left waiting without a word."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + PATIENCE_SECONDS

    def check(self) -> None:
        """See that there is some left.

        Raises:
            LiveUnavailable: it has run out.
        """
        if time.monotonic() >= self._ends:
            raise LiveUnavailable


def _change(entry: Entry, place: LogPosition, *, replayed: bool) -> Change:
    """Say what an entry says, as part of the trace of what caused it."""
    parent = trace_of(entry.traceparent)
    with span(f"live {entry.kind.value}", kind=SpanKind.PRODUCER, parent=parent):
        trace = inject().get("traceparent")
        if entry.kind is Kind.RESET or entry.item is None:
            return Reset(TOO_MANY, place, trace)
        if entry.kind is Kind.ADDED:
            return Added(entry.item, place, replayed, trace)
        reason = entry.reason or RemovalReason.DELETED
        return Removed(entry.item.position.id, reason, place, trace)
