"""What can go wrong in this service, in one tree; a docstring is the message.

* TweetsError
  x InputRefused          (names the argument or input field)
    + TextRefused
    + KeyRefused
    + KeyReused
    + SearchRefused
    + CursorRefused
    + PageRefused
    + NotARoot
    + WorldRefused        (bulk load: file, line and field)
  x TweetMissing
  x NotTheAuthor
  x NotSignedIn
  x AuthorUnavailable
"""

from __future__ import annotations

import inspect


class TweetsError(Exception):
    """Something went wrong with a tweet."""

    def __str__(self) -> str:
        """Give the message: the argument, or else the first line of the docstring."""
        return super().__str__() or (inspect.getdoc(type(self)) or "").partition("\n")[0]


class InputRefused(TweetsError):
    """The input cannot be used.

    Attributes:
        field: path of the argument or input field that is at fault: `("input", "text")`.
    """

    def __init__(self, field: tuple[str, ...], message: str = "") -> None:
        super().__init__(message)
        self.field = field


class TextRefused(InputRefused):
    """The text of a tweet needs 1 to 280 characters that can be seen."""


class KeyRefused(InputRefused):
    """An idempotencyKey has 1 to 128 characters."""


class KeyReused(InputRefused):
    """This idempotencyKey already belongs to another tweet of yours."""


class SearchRefused(InputRefused):
    """A search needs at least one word to look for."""


class CursorRefused(InputRefused):
    """This cursor does not belong to this list."""


class PageRefused(InputRefused):
    """A page holds 1 to 100 items."""


class NotARoot(InputRefused):
    """This tweet is a reply: follow the thread by the tweet that began it."""


class WorldRefused(InputRefused):
    """A line of a world file cannot be used."""


class TweetMissing(TweetsError):
    """There is no such tweet."""

    def __init__(self, field: tuple[str, ...] | None = None) -> None:
        super().__init__()
        self.field = field


class NotTheAuthor(TweetsError):
    """Only its author can delete a tweet."""


class NotSignedIn(TweetsError):
    """Log in first."""


class AuthorUnavailable(TweetsError):
    """The author of this tweet is not known here yet, and users did not answer."""
