"""What can go wrong in this service, in one tree; a docstring is the message.

* TimelineError
  x InputRefused          (names the argument)
    + CursorRefused
    + PageRefused
    + TokenRefused
    + TruthRefused        (rebuild: file, line and field)
  x NotSignedIn
  x LiveUnavailable
"""

from __future__ import annotations

import inspect


class TimelineError(Exception):
    """Something went wrong with a timeline."""

    def __str__(self) -> str:
        """Give the message: the argument, or else the first line of the docstring."""
        return super().__str__() or (inspect.getdoc(type(self)) or "").partition("\n")[0]


class InputRefused(TimelineError):
    """The input cannot be used.

    Attributes:
        field: path of the argument that is at fault: `("after",)`.
    """

    def __init__(self, field: tuple[str, ...], message: str = "") -> None:
        super().__init__(message)
        self.field = field


class CursorRefused(InputRefused):
    """This cursor does not belong to this list."""


class PageRefused(InputRefused):
    """A page holds 1 to 100 items."""


class TokenRefused(InputRefused):
    """This token was not made by a change."""


class TruthRefused(InputRefused):
    """A line of an export cannot be used."""


class NotSignedIn(TimelineError):
    """Log in first."""


class LiveUnavailable(TimelineError):
    """Live updates are interrupted; listen again after the last `resume` you were given."""
