"""Faults in the `errors` list: a code for each, and no word about our insides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

UNFORESEEN: Final = "INTERNAL"
UNFORESEEN_MESSAGE: Final = "Something went wrong here."
_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Faults:
    """Which error of a service is told by which code, and which by its own words.

    Attributes:
        told: the root of the service's errors, whose messages are for clients. One that has
            `field`, a path of input, names the argument at fault: `("input", "text")`.
        codes: code of each kind of error, by its class or one that it inherits; the first that
            fits. Any other is INTERNAL.
        messages: what is said, per code, of errors that are not `told`.
    """

    told: type[Exception]
    codes: Mapping[type[Exception], str]
    messages: Mapping[str, str]

    def code_of(self, cause: Exception) -> str:
        """Give the code of an error."""
        fitting = (code for kind, code in self.codes.items() if isinstance(cause, kind))
        return next(fitting, UNFORESEEN)

    def coded(self, error: GraphQLError) -> GraphQLError:
        """Give `error` the code of its cause; the message of an unexpected one stays in the log."""
        cause = error.original_error
        if cause is None:
            return error
        code = self.code_of(cause)
        if code == UNFORESEEN:
            _log.error("resolver_failed", path=error.path, exc_info=cause)
        return GraphQLError(
            self._message(cause, code),
            nodes=error.nodes,
            path=error.path,
            extensions={"code": code, **self._argument(cause)},
        )

    def _message(self, cause: Exception, code: str) -> str:
        if isinstance(cause, self.told):
            return str(cause)
        return self.messages.get(code, UNFORESEEN_MESSAGE)

    def _argument(self, cause: Exception) -> dict[str, str]:
        field = getattr(cause, "field", None) if isinstance(cause, self.told) else None
        return {"argument": field[0]} if field else {}


class CodedFaults(SchemaExtension):
    """Gives every execution error `extensions.code`, and `argument` where one is at fault.

    Errors of parsing and validation have no cause of ours and pass as they are.

    Args:
        faults: the service's.
    """

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self._faults = faults

    def on_execute(self) -> Iterator[None]:
        """Rewrite the errors once the operation was executed."""
        yield
        self._rewrite(self.execution_context.result)

    def on_stream_result(self, result: Any) -> Iterator[None]:
        """Rewrite the errors of a frame before it is sent, or of a stream that did not begin."""
        self._rewrite(result)
        yield

    def _rewrite(self, result: Any) -> None:
        if errors := getattr(result, "errors", None):
            result.errors = [self._faults.coded(error) for error in errors]
