"""What passes between the rooms: accounts, sessions, tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

Profile: TypeAlias = Mapping[str, str | bool | None]
"""Columns of a profile, by their names in `User`: those that change."""


@dataclass(frozen=True, slots=True)
class User:
    """An account as stored, without its password.

    `email` is for its owner alone. `version` grows by one with each event about this user.
    """

    id: UUID
    username: str
    email: str = field(repr=False)
    display_name: str
    bio: str | None
    location: str | None
    website: str | None
    protected: bool
    searchable: bool
    created_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account that somebody asks for, as it came: nothing in it is checked."""

    username: str
    email: str
    password: str = field(repr=False)
    display_name: str | None


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to store: checked, with its password hashed."""

    id: UUID
    username: str
    email: str = field(repr=False)
    password_hash: str = field(repr=False)
    display_name: str
    created_at: datetime
    bio: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login is compared with."""

    user_id: UUID
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Client:
    """What a session is used with: the client's own words about itself, and its address."""

    user_agent: str | None = None
    ip: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A place where somebody is logged in, until `expires_at`; one that has ended is no more."""

    id: UUID
    user_id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str | None
    ip: str | None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A stored refresh token: only its SHA-256.

    Attributes:
        digest: 32 bytes.
        session_id: the family it belongs to.
        used_at: when it was exchanged, if it was.
        salt: 32 bytes that make its successor of it, if it was exchanged.
    """

    digest: bytes
    session_id: UUID
    used_at: datetime | None
    salt: bytes | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client holds after logging in; `expires_in` seconds is the access token's life."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
