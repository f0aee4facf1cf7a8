"""What every use case works with; put together once, in `app`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.identity import TokenSigner
from chassis.postgres import Database
from subgraphs.users.service.passwords import Passwords


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Lifetimes:
    """How long things hold.

    Attributes:
        access: an access token; what its signer was told.
        refresh: a session that nobody uses.
        grace: how long after a refresh the same old token is taken for a race of one client.
    """

    access: timedelta = timedelta(minutes=10)
    refresh: timedelta = timedelta(days=30)
    grace: timedelta = timedelta(seconds=10)


@dataclass(frozen=True)
class Resources:
    """The store, the hash pool, the signer of access tokens, and the clock."""

    database: Database
    passwords: Passwords
    signer: TokenSigner
    lifetimes: Lifetimes = Lifetimes()
    now: Callable[[], datetime] = utc_now
