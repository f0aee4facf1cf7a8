"""The tables, as SQLModel classes in a MetaData of this service's own; named as their classes are.

All of it is a projection: other services hold the truth, and `rebuild` makes it anew from their
exports. `noted_ms` is when this service learned of a row's state, in Unix milliseconds: an export
that began later and lacks the row is right about it.
"""

import uuid

from sqlalchemy import BigInteger, Column, Index, MetaData, text
from sqlmodel import Field, SQLModel

METADATA = MetaData()


class TimelineModel(SQLModel):
    """Every table of this service: other services live in other MetaData."""

    metadata = METADATA


class Tweets(TimelineModel, table=True):
    """A tweet's place and kind. A deleted one stays: a late `posted` must not bring it back."""

    __table_args__ = (
        Index(
            "tweets_by_author",
            "author_id",
            "created_ms",
            "id",
            postgresql_where=text("NOT deleted"),
        ),
        Index(
            "tweets_replies_to_author",
            "reply_to_author_id",
            "author_id",
            "created_ms",
            "id",
            postgresql_where=text("NOT deleted AND reply_to_author_id IS NOT NULL"),
        ),
    )

    id: uuid.UUID = Field(primary_key=True)
    author_id: uuid.UUID
    reply_to_id: uuid.UUID | None = None
    reply_to_author_id: uuid.UUID | None = None
    root_id: uuid.UUID
    created_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    version: int
    deleted: bool
    noted_ms: int = Field(sa_column=Column(BigInteger, nullable=False))


class Follows(TimelineModel, table=True):
    """Whether one person follows another. One that ended stays, with the version of its end."""

    __table_args__ = (
        Index("follows_of_target", "target_id", "actor_id", postgresql_where=text("active")),
    )

    actor_id: uuid.UUID = Field(primary_key=True)
    target_id: uuid.UUID = Field(primary_key=True)
    version: int
    active: bool
    noted_ms: int = Field(sa_column=Column(BigInteger, nullable=False))


class FollowChanges(TimelineModel, table=True):
    """Which changes of an actor's follows have arrived: what a write token of social asks for.

    `and_before` says that all earlier ones have, too; they need no rows.
    """

    actor_id: uuid.UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    and_before: bool


class Feeds(TimelineModel, table=True):
    """One row. A feed in Redis of another generation may lack something and is made anew.

    `stream_made_at` tells by its age which event stream all this was fed from; none was noted yet
    where it is null.
    """

    one: bool = Field(primary_key=True)
    generation: int = Field(sa_column=Column(BigInteger, nullable=False))
    stream_made_at: str | None
