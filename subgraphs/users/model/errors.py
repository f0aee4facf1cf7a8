"""What can go wrong in this service, in one tree; a docstring is the message.

* UsersError
  x InputRefused          (names the argument or input field, and the code)
    + Taken
    + WeakPassword
    + SessionMissing
    + WorldRefused        (bulk load: line and field)
  x CredentialsRefused
    + TokenReused
  x TooMany               (says when to come back)
    + HashingBusy
    + AttemptsSpent
  x NotSignedIn
  x NotYours
"""

from __future__ import annotations

import inspect
from enum import Enum
from typing import ClassVar


class Code(Enum):
    """What kind of failure it is, for programs."""

    BAD_INPUT = "BAD_INPUT"
    TAKEN = "TAKEN"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    RATE_LIMITED = "RATE_LIMITED"
    CONFLICT = "CONFLICT"
    BLOCKED = "BLOCKED"
    PROTECTED = "PROTECTED"
    SUSPENDED = "SUSPENDED"
    WEAK_PASSWORD = "WEAK_PASSWORD"  # noqa: S105 -- a code, no password
    BAD_CREDENTIALS = "BAD_CREDENTIALS"
    TOKEN_REUSED = "TOKEN_REUSED"  # noqa: S105 -- likewise
    UNAVAILABLE = "UNAVAILABLE"


class UsersError(Exception):
    """Something went wrong with an account."""

    def __str__(self) -> str:
        """Give the message: the argument, or else the first line of the docstring."""
        return super().__str__() or (inspect.getdoc(type(self)) or "").partition("\n")[0]


class InputRefused(UsersError):
    """The input cannot be used.

    Attributes:
        field: path of the argument or input field that is at fault, e.g. `("input", "bio")`.
        code: what kind of fault it is.
    """

    code: ClassVar[Code] = Code.BAD_INPUT

    def __init__(self, field: tuple[str, ...], message: str = "") -> None:
        super().__init__(message)
        self.field = field


class Taken(InputRefused):
    """Somebody else has this already."""

    code = Code.TAKEN


class WeakPassword(InputRefused):
    """This password is too easy to guess."""

    code = Code.WEAK_PASSWORD


class SessionMissing(InputRefused):
    """You have no such session."""

    code = Code.NOT_FOUND


class WorldRefused(InputRefused):
    """A line of a world file cannot be used."""


class CredentialsRefused(UsersError):
    """These credentials are not right.

    The same for an unknown name and a wrong password, and for a refresh token that is unknown,
    expired or of a session that ended.
    """

    code: ClassVar[Code] = Code.BAD_CREDENTIALS


class TokenReused(CredentialsRefused):
    """This refresh token was used before: the session has ended, log in again."""

    code = Code.TOKEN_REUSED


class TooMany(UsersError):
    """Come back later.

    Attributes:
        retry_after_ms: when there will be room, in milliseconds.
    """

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__()
        self.retry_after_ms = retry_after_ms


class HashingBusy(TooMany):
    """Too many people are logging in at this moment."""


class AttemptsSpent(TooMany):
    """There were too many attempts to log in: wait a little."""


class NotSignedIn(UsersError):
    """Log in first."""


class NotYours(UsersError):
    """This belongs to somebody else."""
