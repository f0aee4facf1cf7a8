"""Windows of lists, by key and never by offset, many lists in one statement.

Every list is a `Listing`: rows that belong to an owner, in the order of a UUIDv7. What is added
later stands before the newest or after the oldest, so a page already read never shifts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Select,
    SQLColumnExpression,
    TableValuedAlias,
    UnaryExpression,
    Uuid,
    bindparam,
    column,
    func,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import traced
from subgraphs.tweets.model.values import (
    Page,
    Placed,
    Position,
    ReplySort,
    Tweet,
    UserTweetFilter,
    Window,
)
from subgraphs.tweets.store.reading import TWEET_COLUMNS, tweet_of
from subgraphs.tweets.store.tables import Likes, Tweets

T = TypeVar("T")


@dataclass(frozen=True)
class Listing(Generic[T]):
    """One kind of list.

    Attributes:
        rows: the items of all owners; the columns that `read` needs come first.
        owner: whose list a row belongs to.
        position: the order, and the key that a page goes on from.
        read: makes an item of a row.
        newest_first: false for oldest first.
    """

    rows: Select[*tuple[Any, ...]]
    owner: SQLColumnExpression[UUID]
    position: SQLColumnExpression[UUID]
    read: Callable[[Row[*tuple[Any, ...]]], T]
    newest_first: bool = True

    def ordered(self) -> UnaryExpression[UUID]:
        """Give the ordering of this list."""
        return self.position.desc() if self.newest_first else self.position.asc()

    def beyond(self, position: UUID) -> ColumnElement[bool]:
        """Say which rows come after `position` in this list."""
        return self.position < position if self.newest_first else self.position > position

    def up_to(self, position: UUID) -> ColumnElement[bool]:
        """Say which rows come at or before `position` in this list."""
        return self.position >= position if self.newest_first else self.position <= position


_TWEETS = select(*TWEET_COLUMNS)

USER_TWEETS: Final[Mapping[UserTweetFilter, Listing[Tweet]]] = {
    UserTweetFilter.POSTS: Listing(
        _TWEETS.where(col(Tweets.reply_to_id).is_(None)),
        col(Tweets.author_id),
        col(Tweets.id),
        tweet_of,
    ),
    UserTweetFilter.POSTS_AND_REPLIES: Listing(
        _TWEETS, col(Tweets.author_id), col(Tweets.id), tweet_of
    ),
    UserTweetFilter.LIKES: Listing(
        _TWEETS.join(Likes, col(Likes.tweet_id) == col(Tweets.id)),
        col(Likes.user_id),
        col(Likes.id),
        tweet_of,
    ),
}
REPLIES: Final[Mapping[ReplySort, Listing[Tweet]]] = {
    sort: Listing(
        _TWEETS,
        col(Tweets.reply_to_id),  # pyright: ignore[reportArgumentType] -- null owns no list
        col(Tweets.id),
        tweet_of,
        newest_first=sort is ReplySort.NEWEST,
    )
    for sort in ReplySort
}
LIKERS: Final[Listing[UUID]] = Listing(
    select(col(Likes.user_id)), col(Likes.tweet_id), col(Likes.id), lambda row: row[0]
)


@traced
async def pages(
    session: AsyncSession, listing: Listing[T], owners: Sequence[UUID], window: Window
) -> Mapping[UUID, Page[T]]:
    """Read the same window of several owners' lists: one statement, two when it has a start.

    Returns:
        A page for each of `owners`, empty where the list has nothing in the window.
    """
    found: dict[UUID, list[Placed[T]]] = {owner: [] for owner in owners}
    for row in await session.execute(_window_of_each(listing, owners, window)):
        found[row.owner].append(Placed(Position(row.position), listing.read(row)))
    before = await _owners_before(session, listing, owners, window)
    return {
        owner: Page(items[: window.first], len(items) > window.first, owner in before)
        for owner, items in found.items()
    }


def _window_of_each(
    listing: Listing[Any], owners: Sequence[UUID], window: Window
) -> Select[*tuple[Any, ...]]:
    """Join each owner to the first rows of its own list: the index is entered once per owner."""
    asked = _table_of(owners)
    rows = listing.rows.add_columns(listing.position.label("position")).where(
        listing.owner == asked.c.owner
    )
    if window.after is not None:
        rows = rows.where(listing.beyond(window.after.id))
    # One more than asked tells whether the list goes on.
    part = rows.order_by(listing.ordered()).limit(window.first + 1).lateral("part")
    order = part.c.position.desc() if listing.newest_first else part.c.position.asc()
    return select(*part.c, asked.c.owner).select_from(asked.join(part, true())).order_by(order)


async def _owners_before(
    session: AsyncSession, listing: Listing[Any], owners: Sequence[UUID], window: Window
) -> frozenset[UUID]:
    """Find the owners whose list has something before the window."""
    if window.after is None:
        return frozenset()
    asked = _table_of(owners)
    earlier = listing.rows.where(
        listing.owner == asked.c.owner, listing.up_to(window.after.id)
    ).exists()
    return frozenset(await session.scalars(select(asked.c.owner).where(earlier)))


def _table_of(owners: Sequence[UUID]) -> TableValuedAlias:
    ids = bindparam(None, list(dict.fromkeys(owners)), ARRAY(Uuid()))
    return func.unnest(ids).table_valued(column("owner", Uuid()), name="asked").render_derived()
