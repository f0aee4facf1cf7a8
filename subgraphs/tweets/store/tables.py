"""The tables, as SQLModel classes in a MetaData of this service's own; named as their classes are.

`likes` is the truth about likes; `like_count` and `reply_count` are kept in the transaction that
changes it. A reply keeps the id of a deleted parent, hence no foreign key there.
"""

import datetime
import uuid

from sqlalchemy import Column, DateTime, Index, MetaData, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field, SQLModel

from chassis.postgres import event_tables

METADATA = MetaData()
EVENTS = event_tables(METADATA)


class TweetsModel(SQLModel):
    """Every table of this service: other services live in other MetaData."""

    metadata = METADATA


class Tweets(TweetsModel, table=True):
    """A tweet. A deleted one has no row: its text is gone, not hidden."""

    __table_args__ = (
        Index("tweets_by_author", "author_id", "id"),
        Index(
            "tweets_posts_by_author",
            "author_id",
            "id",
            postgresql_where=text("reply_to_id IS NULL"),
        ),
        Index(
            "tweets_replies",
            "reply_to_id",
            "id",
            postgresql_where=text("reply_to_id IS NOT NULL"),
        ),
        # Without a list of pending words: its length would be part of every search's time.
        Index(
            "tweets_search",
            "search",
            postgresql_using="gin",
            postgresql_with={"fastupdate": False},
        ),
        # Room in each page for the new version of a row whose counter moved.
        {"postgresql_with": {"fillfactor": 85}},
    )

    id: uuid.UUID = Field(primary_key=True)
    author_id: uuid.UUID
    text: str
    search: str = Field(sa_column=Column(TSVECTOR, nullable=False))
    created_at: datetime.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    reply_to_id: uuid.UUID | None = None
    reply_to_author_id: uuid.UUID | None = None
    root_id: uuid.UUID
    like_count: int = 0
    reply_count: int = 0
    version: int = 1


class Likes(TweetsModel, table=True):
    """One person's like of one tweet; `id` gives the order in which likes came."""

    __table_args__ = (
        Index("likes_of_tweet", "tweet_id", "id"),
        Index("likes_by_user", "user_id", "id"),
    )

    tweet_id: uuid.UUID = Field(primary_key=True, foreign_key="tweets.id", ondelete="CASCADE")
    user_id: uuid.UUID = Field(primary_key=True)
    id: uuid.UUID
    created_at: datetime.datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Threads(TweetsModel, table=True):
    """How many changes a thread has seen; each change locks the row until it commits.

    So changes are numbered in the order in which they can be read. No row: none yet.
    """

    root_id: uuid.UUID = Field(primary_key=True, foreign_key="tweets.id", ondelete="CASCADE")
    changes: int


class ThreadChanges(TweetsModel, table=True):
    """A reply that came, or one that went: what followers of a thread are told, in order.

    `traceparent` names the trace in which it happened. The newest of a thread are kept, see
    `store.threads`.
    """

    root_id: uuid.UUID = Field(primary_key=True, foreign_key="threads.root_id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    tweet_id: uuid.UUID
    gone: bool
    traceparent: str | None = None


class PostKeys(TweetsModel, table=True):
    """An idempotency key: which tweet it made, from which input (SHA-256). Outlives the tweet."""

    author_id: uuid.UUID = Field(primary_key=True)
    key: str = Field(primary_key=True)
    tweet_id: uuid.UUID
    digest: bytes


class AuthorCards(TweetsModel, table=True):
    """What is shown of an author, fed by users' events; `version` is the user's."""

    user_id: uuid.UUID = Field(primary_key=True)
    username: str
    display_name: str
    avatar: dict[str, str | None] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    version: int
