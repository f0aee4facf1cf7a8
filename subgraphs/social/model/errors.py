"""What can go wrong in this service, in one tree; a docstring is the message.

* SocialError
  x InputRefused          (names the argument or input field)
    + IdRefused
    + SelfFollow
    + PrefixRefused
    + CursorRefused
    + PageRefused
    + HopsRefused
    + WorldRefused        (bulk load, rebuild: file, line and field)
  x UserMissing
  x NotSignedIn
  x UsersUnavailable
"""

from __future__ import annotations

import inspect


class SocialError(Exception):
    """Something went wrong between people."""

    def __str__(self) -> str:
        """Give the message: the argument, or else the first line of the docstring."""
        return super().__str__() or (inspect.getdoc(type(self)) or "").partition("\n")[0]


class InputRefused(SocialError):
    """The input cannot be used.

    Attributes:
        field: path of the argument or input field that is at fault: `("userId",)`.
    """

    def __init__(self, field: tuple[str, ...], message: str = "") -> None:
        super().__init__(message)
        self.field = field


class IdRefused(InputRefused):
    """This is not the id of a user."""


class SelfFollow(InputRefused):
    """Nobody follows themselves."""


class PrefixRefused(InputRefused):
    """A search for people needs 1 to 64 characters, at least one of them a letter or a digit."""


class CursorRefused(InputRefused):
    """This cursor does not belong to this list."""


class PageRefused(InputRefused):
    """A page holds 1 to 100 items."""


class HopsRefused(InputRefused):
    """A path has 1 to 6 hops."""


class WorldRefused(InputRefused):
    """A line of a file cannot be used."""


class UserMissing(SocialError):
    """There is no such user."""

    def __init__(self, field: tuple[str, ...] | None = None) -> None:
        super().__init__()
        self.field = field


class NotSignedIn(SocialError):
    """Log in first."""


class UsersUnavailable(SocialError):
    """This person is not known here yet, and users did not answer."""
