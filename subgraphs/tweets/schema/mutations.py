"""What can be done. Expected failures are members of each result's union."""

from typing import Annotated, Final, TypeAlias
from uuid import UUID

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import Cost

from chassis.envelope import write_token
from subgraphs.tweets.events import SOURCE
from subgraphs.tweets.model import values
from subgraphs.tweets.model.errors import TweetMissing
from subgraphs.tweets.model.ids import TWEET, global_id, parse_global_id
from subgraphs.tweets.schema.context import Info
from subgraphs.tweets.schema.refusals import Forbidden, InvalidInput, TweetNotFound
from subgraphs.tweets.schema.types import Tweet
from subgraphs.tweets.service import liking, posting

# Likes move a tweet's version too, but whoever reads one's own write waits for the tweet alone.
LIKES: Final = "likes"
POSTED: Final = 1


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
        tweet = await posting.post(info.context.database, new)
        if tweet.reply_to_id is not None:
            await info.context.threads.ring(tweet.root_id)
        return _payload(tweet, write_token(SOURCE, str(tweet.id), POSTED))

    @strawberry.federation.mutation(authenticated=True)
    async def delete_tweet(self, info: Info, id: strawberry.ID) -> DeleteTweetResult:
        """Delete one's own tweet."""
        author = info.context.signed_in()
        gone = await posting.delete(info.context.database, author, _tweet_id(id, "id"))
        await info.context.threads.ring(gone.root_id)
        token = write_token(SOURCE, str(gone.id), gone.version)
        return TweetDeleted(id=strawberry.ID(global_id(TWEET, gone.id)), token=token)

    @strawberry.federation.mutation(authenticated=True)
    async def like_tweet(self, info: Info, id: strawberry.ID) -> TweetActionResult:
        """Like a tweet."""
        user = info.context.signed_in()
        tweet = await liking.like(info.context.database, user, _tweet_id(id, "id"))
        return _payload(tweet, write_token(LIKES, str(tweet.id), tweet.version))

    @strawberry.federation.mutation(authenticated=True)
    async def unlike_tweet(self, info: Info, id: strawberry.ID) -> TweetActionResult:
        """Take a like back."""
        user = info.context.signed_in()
        tweet = await liking.unlike(info.context.database, user, _tweet_id(id, "id"))
        return _payload(tweet, write_token(LIKES, str(tweet.id), tweet.version))


def _parent_id(input: PostTweetInput) -> UUID | None:
    if input.reply_to_id is None or input.reply_to_id is UNSET:
        return None
    return _tweet_id(input.reply_to_id, "input", "replyToId")


def _tweet_id(id: str, *field: str) -> UUID:
    tweet_id = parse_global_id(TWEET, id)
    if tweet_id is None:
        raise TweetMissing(field)
    return tweet_id


def _payload(tweet: values.Tweet, token: str) -> TweetPayload:
    return TweetPayload(tweet=Tweet.of(tweet), token=token)
