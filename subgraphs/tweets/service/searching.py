"""Find tweets by their words."""

from __future__ import annotations

from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.tweets.model.errors import SearchRefused
from subgraphs.tweets.model.text import search_words
from subgraphs.tweets.model.values import Page, SearchSort, Tweet, Window
from subgraphs.tweets.store import search as store


@traced
async def search(database: Database, query: str, sort: SearchSort, part: Window) -> Page[Tweet]:
    """Find the tweets that have the words of `query`; `"a phrase"`, `or` and `-not` work.

    Raises:
        SearchRefused: no word, too long, or only words to leave out; names `query`.
    """
    words = search_words(query)
    async with database.transaction() as session:
        if not await store.prepare_search(session, words):
            raise SearchRefused(
                ("query",), "A search needs a word to look for beside those to avoid."
            )
        return await store.search_page(session, words, sort, part)


@traced
async def estimate(database: Database, query: str) -> int:
    """Count what `search` finds: exact up to 10,000, and 10,000 for more.

    Raises:
        SearchRefused: as `search`.
    """
    words = search_words(query)
    async with database.transaction() as session:
        if not await store.prepare_search(session, words):
            raise SearchRefused(("query",))
        return await store.count_matches(session, words)
