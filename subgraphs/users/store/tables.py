"""The tables, as SQLModel classes in a MetaData of this service's own; named as their classes are.

`username_folded` and `email_folded` are what is unique and looked up: see `rules.fold`. A session
that ended has no row, nor have its refresh tokens.
"""

import datetime
import uuid

from sqlalchemy import Column, DateTime, Index, MetaData
from sqlmodel import Field, SQLModel

from chassis.postgres import event_tables

METADATA = MetaData()
EVENTS = event_tables(METADATA)


class UsersModel(SQLModel):
    """Every table of this service: other services live in other MetaData."""

    metadata = METADATA


def _time(*, nullable: bool = False) -> Column[datetime.datetime]:
    return Column(DateTime(timezone=True), nullable=nullable)


class Users(UsersModel, table=True):
    """An account. `version` grows by one with each event about it."""

    id: uuid.UUID = Field(primary_key=True)
    username: str
    username_folded: str = Field(unique=True)
    email: str
    email_folded: str = Field(unique=True)
    password_hash: str
    display_name: str
    bio: str | None = None
    location: str | None = None
    website: str | None = None
    protected: bool = False
    searchable: bool = True
    created_at: datetime.datetime = Field(sa_column=_time())
    version: int = 1


class Sessions(UsersModel, table=True):
    """A session that goes on until `expires_at`."""

    __table_args__ = (Index("sessions_by_user", "user_id", "last_used_at"),)

    id: uuid.UUID = Field(primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    created_at: datetime.datetime = Field(sa_column=_time())
    last_used_at: datetime.datetime = Field(sa_column=_time())
    expires_at: datetime.datetime = Field(sa_column=_time())
    user_agent: str | None = None
    ip: str | None = None


class Tokens(UsersModel, table=True):
    """A refresh token, as its SHA-256; `used_at` and `salt` once it was exchanged."""

    __table_args__ = (Index("tokens_by_session", "session_id"),)

    digest: bytes = Field(primary_key=True)
    session_id: uuid.UUID = Field(foreign_key="sessions.id", ondelete="CASCADE")
    used_at: datetime.datetime | None = Field(default=None, sa_column=_time(nullable=True))
    salt: bytes | None = None


class Attempts(UsersModel, table=True):
    """How many logins were tried under a key (a digest): `level` at the time `at`, less since."""

    __table_args__ = (Index("attempts_by_time", "at"),)

    key: bytes = Field(primary_key=True)
    level: float
    at: datetime.datetime = Field(sa_column=_time())
