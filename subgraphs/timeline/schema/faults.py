"""Faults in the `errors` list: a code for each, and no word about our insides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import structlog
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from chassis.postgres import StoreUnavailable
from subgraphs.timeline.model.errors import (
    InputRefused,
    LiveUnavailable,
    NotSignedIn,
    TimelineError,
)

_CODES: Final[dict[type[Exception], str]] = {
    InputRefused: "BAD_INPUT",
    NotSignedIn: "UNAUTHENTICATED",
    StoreUnavailable: "UNAVAILABLE",
    LiveUnavailable: "UNAVAILABLE",
}
_MESSAGES: Final = {
    "INTERNAL": "Something went wrong here.",
    "UNAVAILABLE": "The timeline cannot be reached at the moment.",
}
_log: Final = structlog.get_logger(__name__)


class CodedFaults(SchemaExtension):
    """Gives every execution error `extensions.code`, and `argument` where one is at fault.

    Codes: BAD_INPUT, UNAUTHENTICATED, UNAVAILABLE, INTERNAL. Errors of parsing and validation
    have no cause of ours and pass as they are.
    """

    def on_execute(self) -> Iterator[None]:
        """Rewrite the errors once the operation was executed."""
        yield
        result: Any = self.execution_context.result
        if errors := getattr(result, "errors", None):
            result.errors = [coded(error) for error in errors]

    def on_stream_result(self, result: Any) -> Iterator[None]:
        """Rewrite the errors of a frame before it is sent, or of a stream that did not begin."""
        if result.errors:
            result.errors = [coded(error) for error in result.errors]
        yield


def coded(error: GraphQLError) -> GraphQLError:
    """Give `error` the code of its cause; the message of an unexpected one stays in the log."""
    cause = error.original_error
    if cause is None:
        return error
    code = next((code for kind, code in _CODES.items() if isinstance(cause, kind)), "INTERNAL")
    extensions = {"code": code}
    if isinstance(cause, InputRefused):
        extensions["argument"] = cause.field[0]
    if code == "INTERNAL":
        _log.error("resolver_failed", path=error.path, exc_info=cause)
    shown = str(cause) if isinstance(cause, TimelineError) else _MESSAGES[code]
    return GraphQLError(shown, nodes=error.nodes, path=error.path, extensions=extensions)
