"""Failures that a client is to expect: types of the results, and which error becomes which.

Field and enum text equals that of every other subgraph which defines the type: it is shared.
"""

import strawberry
from strawberry import ExceptionHandler
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from subgraphs.users.model.errors import Code, CredentialsRefused, InputRefused, TooMany

strawberry.enum(Code, name="ErrorCode")


@strawberry.interface
class UserError:
    """What every failure has, so that `... on UserError` catches those that are added later."""

    message: str
    code: Code
    field: list[str] | None


@strawberry.federation.type(shareable=True)
class InvalidInput(UserError):
    """The field that `field` names cannot be used."""


@strawberry.federation.type(shareable=True)
class RateLimited(UserError):
    """Try again after `retryAfterMs`."""

    retry_after_ms: int


@strawberry.type
class BadCredentials(UserError):
    """The same for an unknown name and a wrong password."""


class RefusesInput(ExceptionHandler[InputRefused, InvalidInput]):
    """`InputRefused` → `InvalidInput`, where the field's result has it."""

    def handle(
        self, exception: InputRefused, *, field: StrawberryField, info: Info
    ) -> InvalidInput:
        """Say what is wrong with which field."""
        return InvalidInput(
            message=str(exception), code=exception.code, field=list(exception.field)
        )


class RefusesCredentials(ExceptionHandler[CredentialsRefused, BadCredentials]):
    """`CredentialsRefused` → `BadCredentials`; no field, since it would tell which was wrong."""

    def handle(
        self, exception: CredentialsRefused, *, field: StrawberryField, info: Info
    ) -> BadCredentials:
        """Say that the credentials are not right."""
        return BadCredentials(message=str(exception), code=exception.code, field=None)


class RefusesHaste(ExceptionHandler[TooMany, RateLimited]):
    """`TooMany` → `RateLimited`."""

    def handle(self, exception: TooMany, *, field: StrawberryField, info: Info) -> RateLimited:
        """Say when to come back."""
        return RateLimited(
            message=str(exception),
            code=Code.RATE_LIMITED,
            field=None,
            retry_after_ms=exception.retry_after_ms,
        )


HANDLERS = (RefusesInput(), RefusesCredentials(), RefusesHaste())
