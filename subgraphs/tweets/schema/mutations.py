"""What can be done. Expected failures are members of each result's union."""

from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import Cost

from subgraphs.tweets.model import values
from subgraphs.tweets.model.errors import TweetMissing
from subgraphs.tweets.model.ids import TWEET, global_id, parse_global_id
from subgraphs.tweets.schema.context import Info
from subgraphs.tweets.schema.refusals import Forbidden, InvalidInput, TweetNotFound
from subgraphs.tweets.schema.types import Tweet
from subgraphs.tweets.service import liking, posting


@strawberry.input
class PostTweetInput:
    """A tweet to post."""

    text: str = strawberry.field(description="1 to 280 characters as readers count them")
    reply_to_id: strawberry.ID | None = UNSET
    idempotency_key: strawberry.ID = strawberry.field(
        description="1 to 128 characters; the same key with the same input gives the same tweet"
    )


@strawberry.type
class TweetPayload:
    """A tweet after the change."""

    tweet: Tweet
    token: str = strawberry.field(description="names this change, to read one's own write")


@strawberry.type
class TweetDeleted:
    """The tweet that is gone."""

    id: strawberry.ID
    token: str = strawberry.field(description="names this change, to read one's own write")


PostTweetResult: TypeAlias = Annotated[
    TweetPayload | InvalidInput | TweetNotFound, strawberry.union("PostTweetResult")
]
DeleteTweetResult: TypeAlias = Annotated[
    TweetDeleted | TweetNotFound | Forbidden, strawberry.union("DeleteTweetResult")
]
TweetActionResult: TypeAlias = Annotated[
    TweetPayload | TweetNotFound,
    strawberry.union(
        "TweetActionResult", description="Set operations: repeating one is a success."
    ),
]


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.federation.mutation(authenticated=True, directives=[Cost(weight=10)])
    async def post_tweet(self, info: Info, input: PostTweetInput) -> PostTweetResult:
        """Post a tweet or a reply, once per idempotency key."""
        author = info.context.signed_in()
        new = posting.new_tweet(author, input.text, _parent_id(input), input.idempotency_key)
        return _payload(info, await posting.post(info.context.database, new))

    @strawberry.federation.mutation(authenticated=True)
    async def delete_tweet(self, info: Info, id: strawberry.ID) -> DeleteTweetResult:
        """Delete one's own tweet."""
        author = info.context.signed_in()
        gone = await posting.delete(info.context.database, author, _tweet_id(id, "id"))
        token = info.context.cursors.token(gone.id, gone.version)
        return TweetDeleted(id=strawberry.ID(global_id(TWEET, gone.id)), token=token)

    @strawberry.federation.mutation(authenticated=True)
    async def like_tweet(self, info: Info, id: strawberry.ID) -> TweetActionResult:
        """Like a tweet."""
        user = info.context.signed_in()
        return _payload(info, await liking.like(info.context.database, user, _tweet_id(id, "id")))

    @strawberry.federation.mutation(authenticated=True)
    async def unlike_tweet(self, info: Info, id: strawberry.ID) -> TweetActionResult:
        """Take a like back."""
        user = info.context.signed_in()
        return _payload(info, await liking.unlike(info.context.database, user, _tweet_id(id, "id")))


def _parent_id(input: PostTweetInput) -> UUID | None:
    if input.reply_to_id is None or input.reply_to_id is UNSET:
        return None
    return _tweet_id(input.reply_to_id, "input", "replyToId")


def _tweet_id(id: str, *field: str) -> UUID:
    tweet_id = parse_global_id(TWEET, id)
    if tweet_id is None:
        raise TweetMissing(field)
    return tweet_id


def _payload(info: Info, tweet: values.Tweet) -> TweetPayload:
    token = info.context.cursors.token(tweet.id, tweet.version)
    return TweetPayload(tweet=Tweet.of(tweet), token=token)
