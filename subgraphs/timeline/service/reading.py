"""Read a page of a home timeline: from the feed where it is whole, else from the projection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from chassis.envelope import WriteToken
from chassis.telemetry import traced
from subgraphs.timeline.model.errors import TokenRefused
from subgraphs.timeline.model.values import NOWHERE, Home, TimelineState, Window
from subgraphs.timeline.service.resources import Resources
from subgraphs.timeline.service.standing import Trust
from subgraphs.timeline.store import pages, projection
from subgraphs.timeline.store.feed_words import FeedPage
from subgraphs.timeline.store.scripts import FeedsUnavailable

# How long a page waits for the change that `atLeast` names.
WAIT_SECONDS: Final = 1.0
FIRST_LOOK_SECONDS: Final = 0.01
HIGHEST_VERSION: Final = (1 << 31) - 1


@traced
async def home(
    resources: Resources, viewer: UUID, window: Window, at_least: WriteToken | None = None
) -> Home:
    """Give a page, and say how far it can be trusted.

    Args:
        resources: stores and bus.
        viewer: whose timeline.
        window: which part.
        at_least: a change that the page shall have; it waits up to a second for it.

    Raises:
        TokenRefused: `at_least` names nothing that could be; names `atLeast`.
        StoreUnavailable: Postgres is away.
    """
    arrived = at_least is None or await _arrival(resources, at_least)
    trust = await resources.standing.now()
    feed = await _feed(resources, viewer, window, trust)
    # A change is in the projection before it is in the feed, so that alone can vouch for it.
    page = feed.page if feed is not None and at_least is None else None
    if page is None:
        async with resources.reading() as session:
            page = await pages.home_page(session, viewer, window)
    if trust.behind or not arrived:
        state = TimelineState.DEGRADED
    else:
        state = TimelineState.REBUILDING if feed is None else TimelineState.READY
    return Home(page, state, NOWHERE if feed is None else feed.state.position)


async def _feed(
    resources: Resources, viewer: UUID, window: Window, trust: Trust
) -> FeedPage | None:
    """Read from the feed, and build it where it is missing; none where that is not to be had."""
    try:
        feed = _good(await resources.feeds.page(viewer, window), trust)
        if feed is not None and not (feed.thin and feed.page is None and window.start is None):
            return feed
        # Most of what a thin feed held was taken out; a new one goes further down.
        unfit = "" if feed is None else feed.state.position.epoch
        if not await resources.builder.build(viewer, unfit):
            return feed
        return _good(await resources.feeds.page(viewer, window), trust)
    except FeedsUnavailable:
        return None


def _good(feed: FeedPage | None, trust: Trust) -> FeedPage | None:
    return feed if feed is not None and trust.in_feed(feed.state) else None


@traced
async def _arrival(resources: Resources, token: WriteToken) -> bool:
    """Wait until the projection has a change; false when it does not come in time."""
    has_arrived = _question(resources, token)
    if has_arrived is None:
        return True
    pause = FIRST_LOOK_SECONDS
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while not await has_arrived():
                await asyncio.sleep(pause)
                pause = min(pause * 2, 0.1)
    except TimeoutError:
        return False
    return True


def _question(resources: Resources, token: WriteToken) -> Callable[[], Awaitable[bool]] | None:
    """Say how to ask for a change; none where the timeline does not depend on it."""
    try:
        subject = UUID(token.subject)
    except ValueError as error:
        raise TokenRefused(("atLeast",)) from error
    if token.version > HIGHEST_VERSION:
        raise TokenRefused(("atLeast",))

    async def has_tweet() -> bool:
        async with resources.reading() as session:
            # A tweet has two states only: posted, its first version, and deleted.
            deleted = token.version > 1
            return await projection.has_tweet(session, subject, deleted=deleted)

    async def has_follow() -> bool:
        async with resources.reading() as session:
            return await projection.has_follow_change(session, subject, token.version)

    return {"tweets": has_tweet, "social": has_follow}.get(token.source)
