"""Expected failures as members of result unions, every one a `UserError`.

`ErrorCode` is the same enum in every subgraph, whole in each.
"""

from enum import Enum
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from subgraphs.social.model.errors import InputRefused, UserMissing


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


@strawberry.type
class UserNotFound(UserError):
    """There is no such user."""


class InputHandler(strawberry.ExceptionHandler[InputRefused, InvalidInput]):
    """Answers `InvalidInput` where a result has room for it."""

    def handle(
        self, exception: InputRefused, *, field: StrawberryField, info: strawberry.Info[Any, Any]
    ) -> InvalidInput:
        """Say what is wrong with which field."""
        return InvalidInput(
            message=str(exception), code=ErrorCode.BAD_INPUT, field=list(exception.field)
        )


class MissingHandler(strawberry.ExceptionHandler[UserMissing, UserNotFound]):
    """Answers `UserNotFound` where a result has room for it."""

    def handle(
        self, exception: UserMissing, *, field: StrawberryField, info: strawberry.Info[Any, Any]
    ) -> UserNotFound:
        """Say which id leads nowhere."""
        at = None if exception.field is None else list(exception.field)
        return UserNotFound(message=str(exception), code=ErrorCode.NOT_FOUND, field=at)


HANDLERS = (InputHandler(), MissingHandler())
