"""What can be asked."""

import hashlib
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import Cost

from chassis.graphql import DEFAULT_PAGE, PageInfo, page_info, paged
from subgraphs.tweets.model.ids import USER, global_id
from subgraphs.tweets.model.text import search_words
from subgraphs.tweets.model.values import SearchSort
from subgraphs.tweets.schema.context import Info
from subgraphs.tweets.schema.paging import requested
from subgraphs.tweets.schema.types import Tweet, TweetEdge, find_tweet, tweet_edges
from subgraphs.tweets.service import searching

strawberry.enum(SearchSort)


@strawberry.federation.type(keys=["id"])
class Viewer:
    """The person who asks; this service adds nothing private yet."""

    id: strawberry.ID

    @classmethod
    def resolve_reference(cls, info: Info, id: str, **_: Any) -> "Viewer | None":
        """Answer the router; nobody gets another person's."""
        viewer = _viewer(info)
        return viewer if viewer is not None and viewer.id == id else None


@strawberry.type(description="estimatedCount: exact up to 10,000, and 10,000 for more.")
class TweetSearchConnection:
    """A page of what was found."""

    edges: list[TweetEdge]
    page_info: PageInfo
    query: strawberry.Private[str]

    @strawberry.field
    async def estimated_count(self, info: Info) -> int:
        """Count what was found."""
        return await searching.estimate(info.context.database, self.query)


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.federation.field(
        shareable=True,
        description="Who is asking, from verified claims; null without a valid access token.",
    )
    def viewer(self, info: Info) -> Viewer | None:
        """Name the person who asks; `null` for nobody."""
        return _viewer(info)

    @strawberry.field
    async def tweet(self, info: Info, id: strawberry.ID) -> Tweet | None:
        """Look up a tweet; `null` for an id that leads nowhere."""
        return await find_tweet(info, id)

    @strawberry.federation.field(
        directives=[Cost(weight=20), paged()],
        description='Words, "phrases", `or` and `-without`, whatever their case and accents.',
    )
    async def search_tweets(
        self,
        info: Info,
        query: str,
        first: int | None = DEFAULT_PAGE,
        after: str | None = UNSET,
        sort: SearchSort | None = SearchSort.RECENT,
    ) -> TweetSearchConnection | None:
        """Find tweets by their words."""
        order = sort or SearchSort.RECENT
        part, cursor = requested(info, f"search.{order.value}", _fingerprint(query), first, after)
        page = await searching.search(info.context.database, query, order, part)
        return TweetSearchConnection(
            edges=tweet_edges(page, cursor), page_info=page_info(page, cursor), query=query
        )


def _viewer(info: Info) -> Viewer | None:
    viewer = info.context.viewer
    return None if viewer is None else Viewer(id=strawberry.ID(global_id(USER, viewer)))


def _fingerprint(query: str) -> str:
    """Name a search in its cursors: they go on with the same words only."""
    return hashlib.sha256(search_words(query).encode()).hexdigest()[:16]
