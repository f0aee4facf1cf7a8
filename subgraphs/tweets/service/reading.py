"""Read tweets, likes and counts: many keys at once, for the loaders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.tweets.model.errors import PageRefused
from subgraphs.tweets.model.values import (
    LARGEST_PAGE,
    SMALLEST_PAGE,
    Page,
    Position,
    ReplySort,
    Tweet,
    UserTweetFilter,
    Window,
)
from subgraphs.tweets.store import pages as store_pages
from subgraphs.tweets.store import reading as store

MOST_ANCESTORS: Final = 20


def window(first: int, after: Position | None) -> Window:
    """Ask for `first` items after a position.

    Raises:
        PageRefused: not 1 to 100; names `first`.
    """
    if not SMALLEST_PAGE <= first <= LARGEST_PAGE:
        raise PageRefused(("first",))
    return Window(first, after)


@traced
async def tweets(database: Database, ids: Sequence[UUID]) -> Mapping[UUID, Tweet]:
    """Give the tweets that exist among `ids`."""
    async with database.session() as session:
        return await store.tweets_by_id(session, ids)


@traced
async def liked(database: Database, viewer: UUID, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Give the tweets among `ids` that `viewer` likes."""
    async with database.session() as session:
        return await store.liked_by(session, viewer, ids)


@traced
async def tweet_counts(database: Database, authors: Sequence[UUID]) -> Mapping[UUID, int]:
    """Count the tweets and replies of authors; those without any are left out."""
    async with database.session() as session:
        return await store.tweet_counts(session, authors)


@traced
async def likes_given(database: Database, users: Sequence[UUID]) -> Mapping[UUID, int]:
    """Count the likes that users have given; those without any are left out."""
    async with database.session() as session:
        return await store.likes_given(session, users)


@traced
async def ancestors(
    database: Database, ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[tuple[UUID, Tweet | None]]]:
    """Give what each tweet answers, and what that answers, and so on: the nearest 20.

    Returns:
        Per tweet (id, tweet) in reading order; `None` for a deleted one, which can only be first.
    """
    async with database.session() as session:
        return await store.ancestors(session, ids, limit=MOST_ANCESTORS)


@traced
async def user_tweets(
    database: Database, filter: UserTweetFilter, users: Sequence[UUID], part: Window
) -> Mapping[UUID, Page[Tweet]]:
    """Give the same window of several people's pages, newest first."""
    async with database.session() as session:
        return await store_pages.pages(session, store_pages.USER_TWEETS[filter], users, part)


@traced
async def replies(
    database: Database, sort: ReplySort, ids: Sequence[UUID], part: Window
) -> Mapping[UUID, Page[Tweet]]:
    """Give the same window of the direct replies to several tweets."""
    async with database.session() as session:
        return await store_pages.pages(session, store_pages.REPLIES[sort], ids, part)


@traced
async def likers(
    database: Database, ids: Sequence[UUID], part: Window
) -> Mapping[UUID, Page[UUID]]:
    """Give the same window of the people who like several tweets, the latest like first."""
    async with database.session() as session:
        return await store_pages.pages(session, store_pages.LIKERS, ids, part)
