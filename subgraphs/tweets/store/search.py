"""Full-text search over the folded words of tweets."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    cast,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import traced
from subgraphs.tweets.model.values import Page, Placed, Position, SearchSort, Tweet, Window
from subgraphs.tweets.store.reading import TWEET_COLUMNS, tweet_of
from subgraphs.tweets.store.tables import Tweets

COUNTED_AT_MOST: Final = 10_000
_RANK_STEPS: Final = 1_000_000


@traced
async def prepare_search(session: AsyncSession, words: str) -> bool:
    """Tell whether the index can answer `words`, and make Postgres plan for these very words.

    A query such as `-cat` finds nearly everything and could only be answered by reading it all.
    Plans are made per query for the rest of this transaction, since a plan for any words at all
    would, for a rare word, walk through every tweet in the hope of an early match.
    """
    query = select(
        func.querytree(_tsquery(words)),
        func.set_config("plan_cache_mode", "force_custom_plan", True),
    )
    tree = (await session.execute(query)).one()[0]
    return tree not in {"", "T"}


@traced
async def search_page(
    session: AsyncSession, words: str, sort: SearchSort, window: Window
) -> Page[Tweet]:
    """Read a window of the tweets that match `words`, as `search_words` gives them."""
    rank = _rank(words) if sort is SearchSort.RELEVANT else literal(0)
    found = [
        Placed(Position(row.id, row.rank), tweet_of(row))
        for row in await session.execute(_window(words, rank, sort, window))
    ]
    after = window.after
    before = after and await session.scalar(_before(words, rank, sort, after))
    return Page(found[: window.first], len(found) > window.first, bool(before))


@traced
async def count_matches(session: AsyncSession, words: str) -> int:
    """Count the tweets that match: exact up to 10,000, and 10,000 for more."""
    some = select(literal(1)).where(_matches(words)).limit(COUNTED_AT_MOST).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


def _window(
    words: str, rank: ColumnElement[int], sort: SearchSort, window: Window
) -> Select[*tuple[Any, ...]]:
    rows = select(*TWEET_COLUMNS, rank.label("rank")).where(_matches(words))
    if window.after is not None:
        rows = rows.where(_key(rank, sort) < _key_of(window.after, sort))
    order = [] if sort is SearchSort.RECENT else [rank.desc()]
    return rows.order_by(*order, col(Tweets.id).desc()).limit(window.first + 1)


def _before(
    words: str, rank: ColumnElement[int], sort: SearchSort, position: Position
) -> Select[bool]:
    earlier = select(col(Tweets.id)).where(
        _matches(words), _key(rank, sort) >= _key_of(position, sort)
    )
    return select(earlier.exists())


def _tsquery(words: str) -> ColumnElement[Any]:
    return func.websearch_to_tsquery("simple", words)


def _matches(words: str) -> ColumnElement[bool]:
    return col(Tweets.search).bool_op("@@")(_tsquery(words))


def _rank(words: str) -> ColumnElement[int]:
    """Score from 0 to 1,000,000; whole numbers, so that a cursor meets exactly its row again.

    The score depends on query and tweet alone: new tweets move nobody to another page.
    """
    score = func.ts_rank(col(Tweets.search), _tsquery(words), 1)
    return cast(func.round(score * _RANK_STEPS), Integer)


def _key(rank: ColumnElement[int], sort: SearchSort) -> SQLColumnExpression[Any]:
    return col(Tweets.id) if sort is SearchSort.RECENT else tuple_(rank, col(Tweets.id))


def _key_of(position: Position, sort: SearchSort) -> Any:
    if sort is SearchSort.RECENT:
        return position.id
    return tuple_(literal(position.rank), literal(position.id))
