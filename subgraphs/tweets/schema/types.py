"""Tweets and the part of a person that this service knows."""

import datetime
from collections.abc import Callable
from enum import Enum
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import UNSET

from chassis.graphql import DEFAULT_PAGE, URL, PageInfo, assumed_size, page_info, paged
from subgraphs.tweets.model import values
from subgraphs.tweets.model.errors import AuthorUnavailable
from subgraphs.tweets.model.ids import TWEET, USER, global_id, parse_global_id
from subgraphs.tweets.model.values import AuthorCard, Page, Position, ReplySort, UserTweetFilter
from subgraphs.tweets.schema.context import Info
from subgraphs.tweets.schema.paging import requested
from subgraphs.tweets.schema.selection import asks_for_card
from subgraphs.tweets.service.reading import MOST_ANCESTORS

strawberry.enum(UserTweetFilter)
strawberry.enum(ReplySort)

PROVIDED = ["username displayName avatar { key url thumbnailUrl blurhash }"]


@strawberry.interface
class Node:
    """An object with a global id."""

    id: strawberry.ID


@strawberry.federation.type(shareable=True)
class Avatar:
    """A picture as a value: it travels in the author card."""

    key: strawberry.ID
    url: URL
    thumbnail_url: URL
    blurhash: str | None


@strawberry.federation.type(keys=["id"])
class User:
    """A person, as far as tweets know one: the id, and what they wrote and liked."""

    id: strawberry.ID
    user_id: strawberry.Private[UUID]
    card: strawberry.Private[AuthorCard | None] = None

    @classmethod
    def of(cls, user_id: UUID, card: AuthorCard | None = None) -> "User":
        """Refer to a user; the fields of the card can be read only where it is given."""
        return cls(id=strawberry.ID(global_id(USER, user_id)), user_id=user_id, card=card)

    @classmethod
    def resolve_reference(cls, id: str, **_: object) -> "User | None":
        """Answer the router: any user may have tweets, so this takes no look-up."""
        user_id = parse_global_id(USER, id)
        return None if user_id is None else cls.of(user_id)

    def known(self) -> AuthorCard:
        """Give the card, for the fields that only `Tweet.author` provides."""
        if self.card is None:
            raise AuthorUnavailable
        return self.card

    @strawberry.federation.field(external=True)
    def username(self) -> str:
        """From the card."""
        return self.known().username

    @strawberry.federation.field(external=True)
    def display_name(self) -> str:
        """From the card."""
        return self.known().display_name

    @strawberry.federation.field(external=True)
    def avatar(self) -> Avatar | None:
        """From the card; `null` where there is none."""
        avatar = self.known().avatar
        if avatar is None:
            return None
        return Avatar(
            key=strawberry.ID(avatar.key),
            url=URL(avatar.url),
            thumbnail_url=URL(avatar.thumbnail_url),
            blurhash=avatar.blurhash,
        )

    @strawberry.field(description="tweets and replies, without deleted ones")
    async def tweet_count(self, info: Info) -> int | None:
        """Count tweets and replies."""
        return await info.context.loaders.tweet_counts.load(self.user_id)

    @strawberry.field
    async def likes_given_count(self, info: Info) -> int | None:
        """Count the likes this person gave."""
        return await info.context.loaders.likes_given.load(self.user_id)

    @strawberry.federation.field(directives=[paged()], description="newest first")
    async def tweets(
        self,
        info: Info,
        first: int | None = DEFAULT_PAGE,
        after: str | None = UNSET,
        filter: UserTweetFilter | None = UserTweetFilter.POSTS,
    ) -> "TweetConnection | None":
        """Read a window of this person's page."""
        which = filter or UserTweetFilter.POSTS
        kind = f"user.tweets.{which.value}"
        part, cursor = requested(info, kind, self.user_id.hex, first, after)
        page = await info.context.loaders.user_tweets.load((self.user_id, which, part))
        return TweetConnection.of(page, cursor)


@strawberry.enum
class TombstoneReason(Enum):
    """Why it cannot be read; for now tweets are only ever deleted."""

    DELETED = "DELETED"
    PROTECTED = "PROTECTED"
    BLOCKED = "BLOCKED"
    SUSPENDED = "SUSPENDED"


@strawberry.type(description="Where a tweet stood that can no longer be read.")
class TweetTombstone:
    """Where a tweet stood."""

    id: strawberry.ID
    reason: TombstoneReason


@strawberry.type
class TweetViewerState:
    """What the viewer did with a tweet."""

    liked: bool


@strawberry.federation.type(keys=["id"])
class Tweet(Node):
    """A tweet that exists."""

    id: strawberry.ID
    row: strawberry.Private[values.Tweet]
    text: str
    created_at: datetime.datetime
    like_count: int
    reply_count: int

    @classmethod
    def of(cls, row: values.Tweet) -> "Tweet":
        """Show a stored tweet."""
        return cls(
            id=strawberry.ID(global_id(TWEET, row.id)),
            row=row,
            text=row.text,
            created_at=row.created_at,
            like_count=row.like_count,
            reply_count=row.reply_count,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str, **_: object) -> "Tweet | None":
        """Answer the router; `null` for an id that is malformed or unknown."""
        return await find_tweet(info, id)

    @strawberry.federation.field(
        provides=PROVIDED,
        description="The author card is a projection fed by users' events: the hot query needs"
        " no hop to users.",
    )
    async def author(self, info: Info) -> User | None:
        """Name the author; the card is looked up only where it is asked for."""
        author_id = self.row.author_id
        if not asks_for_card(info):
            return User.of(author_id)
        card = await info.context.loaders.cards.load(author_id)
        return None if card is None else User.of(author_id, card)

    @strawberry.field
    async def reply_to(self, info: Info) -> "ThreadItem | None":
        """Give what this answers, or where that stood."""
        parent = self.row.reply_to_id
        return None if parent is None else await _thread_item(info, parent)

    @strawberry.field(description="the tweet that began the thread: itself, if it did")
    async def conversation_root(self, info: Info) -> "ThreadItem | None":
        """Give the first tweet of the thread."""
        root = self.row.root_id
        return self if root == self.row.id else await _thread_item(info, root)

    @strawberry.federation.field(
        directives=[assumed_size(MOST_ANCESTORS)],
        description="What this answers, and what that answers: the nearest 20, in reading order.",
    )
    async def ancestors(self, info: Info) -> "list[ThreadItem]":
        """Walk up the thread."""
        found = await info.context.loaders.ancestors.load(self.row.id)
        return [_tombstone(place) if tweet is None else Tweet.of(tweet) for place, tweet in found]

    @strawberry.federation.field(authenticated=True)
    async def viewer_state(self, info: Info) -> TweetViewerState | None:
        """Tell what the viewer did; `null` for nobody."""
        if info.context.viewer is None:
            return None
        return TweetViewerState(liked=await info.context.loaders.liked.load(self.row.id))

    @strawberry.federation.field(directives=[paged()], description="direct replies only")
    async def replies(
        self,
        info: Info,
        first: int | None = DEFAULT_PAGE,
        after: str | None = UNSET,
        sort: ReplySort | None = ReplySort.OLDEST,
    ) -> "TweetConnection":
        """Read a window of the direct replies."""
        order = sort or ReplySort.OLDEST
        kind = f"tweet.replies.{order.value}"
        part, cursor = requested(info, kind, self.row.id.hex, first, after)
        page = await info.context.loaders.replies.load((self.row.id, order, part))
        return TweetConnection.of(page, cursor)

    @strawberry.federation.field(directives=[paged()], description="the latest like first")
    async def likers(
        self, info: Info, first: int | None = DEFAULT_PAGE, after: str | None = UNSET
    ) -> "TweetUserConnection":
        """Read a window of those who like this."""
        part, cursor = requested(info, "tweet.likers", self.row.id.hex, first, after)
        page = await info.context.loaders.likers.load((self.row.id, None, part))
        return TweetUserConnection.of(page, cursor)


ThreadItem: TypeAlias = Annotated[Tweet | TweetTombstone, strawberry.union("ThreadItem")]


@strawberry.type
class TweetEdge:
    """A tweet in a list."""

    node: Tweet
    cursor: str


@strawberry.type
class TweetConnection:
    """A page of tweets."""

    edges: list[TweetEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: Page[values.Tweet], cursor: Callable[[Position], str]) -> "TweetConnection":
        """Show a page of tweets."""
        return cls(edges=tweet_edges(page, cursor), page_info=page_info(page, cursor))


@strawberry.type
class TweetUserEdge:
    """A person in a list."""

    cursor: str
    node: User | None


@strawberry.type
class TweetUserConnection:
    """A page of people."""

    edges: list[TweetUserEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, page: Page[UUID], cursor: Callable[[Position], str]) -> "TweetUserConnection":
        """Show a page of people; all but their ids is users' to tell."""
        edges = [
            TweetUserEdge(cursor=cursor(placed.position), node=User.of(placed.item))
            for placed in page.items
        ]
        return cls(edges=edges, page_info=page_info(page, cursor))


def tweet_edges(page: Page[values.Tweet], cursor: Callable[[Position], str]) -> list[TweetEdge]:
    """Show the tweets of a page, each with its cursor."""
    return [
        TweetEdge(cursor=cursor(placed.position), node=Tweet.of(placed.item))
        for placed in page.items
    ]


async def find_tweet(info: Info, id: str) -> Tweet | None:
    """Look a tweet up by its global id; `None` for one that is malformed or unknown."""
    tweet_id = parse_global_id(TWEET, id)
    row = None if tweet_id is None else await info.context.loaders.tweets.load(tweet_id)
    return None if row is None else Tweet.of(row)


async def _thread_item(info: Info, id: UUID) -> Tweet | TweetTombstone:
    row = await info.context.loaders.tweets.load(id)
    return _tombstone(id) if row is None else Tweet.of(row)


def _tombstone(id: UUID) -> TweetTombstone:
    return TweetTombstone(id=strawberry.ID(global_id(TWEET, id)), reason=TombstoneReason.DELETED)
