"""Expected failures as members of result unions, every one a `UserError`.

`ErrorCode` is the same enum in every subgraph, whole in each.
"""

from enum import Enum
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from subgraphs.tweets.model.errors import InputRefused, KeyReused, NotTheAuthor, TweetMissing


@strawberry.enum
class ErrorCode(Enum):
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


@strawberry.interface
class UserError:
    """What every failure has, so that `... on UserError` catches those that are added later."""

    message: str
    code: ErrorCode
    field: list[str] | None


@strawberry.federation.type(shareable=True)
class InvalidInput(UserError):
    """The field that `field` names cannot be used."""


@strawberry.federation.type(shareable=True)
class Forbidden(UserError):
    """The viewer may not do this."""


@strawberry.type
class TweetNotFound(UserError):
    """There is no such tweet."""


class InputHandler(strawberry.ExceptionHandler[InputRefused, InvalidInput]):
    """Answers `InvalidInput` where a result has room for it."""

    def handle(
        self, exception: InputRefused, *, field: StrawberryField, info: strawberry.Info[Any, Any]
    ) -> InvalidInput:
        """Say what is wrong with which field."""
        code = ErrorCode.CONFLICT if isinstance(exception, KeyReused) else ErrorCode.BAD_INPUT
        return InvalidInput(message=str(exception), code=code, field=list(exception.field))


class MissingHandler(strawberry.ExceptionHandler[TweetMissing, TweetNotFound]):
    """Answers `TweetNotFound` where a result has room for it."""

    def handle(
        self, exception: TweetMissing, *, field: StrawberryField, info: strawberry.Info[Any, Any]
    ) -> TweetNotFound:
        """Say which id leads nowhere."""
        at = None if exception.field is None else list(exception.field)
        return TweetNotFound(message=str(exception), code=ErrorCode.NOT_FOUND, field=at)


class AuthorHandler(strawberry.ExceptionHandler[NotTheAuthor, Forbidden]):
    """Answers `Forbidden` where a result has room for it."""

    def handle(
        self, exception: NotTheAuthor, *, field: StrawberryField, info: strawberry.Info[Any, Any]
    ) -> Forbidden:
        """Say that it is not theirs."""
        return Forbidden(message=str(exception), code=ErrorCode.FORBIDDEN, field=["id"])


HANDLERS = (InputHandler(), MissingHandler(), AuthorHandler())
