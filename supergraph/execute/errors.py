"""Errors in a client's answer, and where they come from.

    * ClientError: one entry of the answer's `errors`
      - told by a subgraph                        code as the subgraph gave it, or
                                                  DOWNSTREAM_SERVICE_ERROR
      - a request that failed (TransportError)    SUBREQUEST_HTTP_ERROR, SUBREQUEST_TIMEOUT,
                                                  SUBREQUEST_MALFORMED_RESPONSE
      - a stream that broke off                   SUBSCRIPTION_INTERRUPTED
      - a value that the schema does not allow    RESPONSE_VALIDATION_FAILED
      - something this viewer may not see         UNAUTHENTICATED, FORBIDDEN

A subgraph's errors name places in its own answer. They become client paths in two steps: `fetch`
hangs each one onto the null that it explains, as a `Failure`, which then travels with the data to
every place that takes it; `shape` meets it there and knows the client's path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from supergraph.execute.transport import (
    SubgraphAnswerInvalid,
    SubgraphRefused,
    SubgraphTimeout,
    TransportError,
)

Path = tuple[str | int, ...]
"""Response keys and list indices from the root of the answer."""


@dataclass(frozen=True, slots=True)
class ClientError:
    """One entry of the answer's `errors`.

    Attributes:
        path: where it stands in the client's answer; empty when it concerns the whole.
        extensions: `code` always; `service` where a subgraph is the cause.
    """

    message: str
    path: Path = ()
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.extensions.get("code", ""))

    def to_json(self) -> dict[str, Any]:
        """The error as GraphQL writes it; an empty path is left out."""
        entry: dict[str, Any] = {"message": self.message}
        if self.path:
            entry["path"] = list(self.path)
        if self.extensions:
            entry["extensions"] = dict(self.extensions)
        return entry


@dataclass(frozen=True, slots=True, eq=False)
class Fault:
    """What went wrong, before it is known where the client will see it.

    Two faults are the same only if they are one object: a fault seen twice at one path is
    reported once.
    """

    message: str
    extensions: Mapping[str, Any]

    def at(self, path: Path) -> ClientError:
        """The error at a place of the client's answer."""
        return ClientError(self.message, path, self.extensions)


def fault_of_transport(error: TransportError, subgraph: str) -> Fault:
    """Say what a failed request means to the client: no host, no status text, no traceback."""
    extensions: dict[str, Any] = {"code": _transport_code(error), "service": subgraph}
    if isinstance(error, SubgraphRefused):
        extensions["http"] = {"status": error.status}
    return Fault(type(error).__doc__ or "", extensions)


def _transport_code(error: TransportError) -> str:
    if isinstance(error, SubgraphTimeout):
        return "SUBREQUEST_TIMEOUT"
    if isinstance(error, SubgraphAnswerInvalid):
        return "SUBREQUEST_MALFORMED_RESPONSE"
    return "SUBREQUEST_HTTP_ERROR"


def fault_of_interruption(subgraph: str) -> Fault:
    """A stream that ended before its subgraph had ended it: the client may begin it again."""
    message = "The subscription was interrupted."
    return Fault(message, {"code": "SUBSCRIPTION_INTERRUPTED", "service": subgraph})


def fault_of_subgraph(message: str, extensions: Mapping[str, Any], subgraph: str) -> Fault:
    """Pass on what a subgraph said, without what it tells about its own inside."""
    kept = {key: value for key, value in extensions.items() if key not in _INSIDE}
    code = kept.pop("code", None) or "DOWNSTREAM_SERVICE_ERROR"
    return Fault(message, {"code": code, **kept, "service": subgraph})


def fault_of_value(message: str) -> Fault:
    """A value that the API schema does not allow where it stands."""
    return Fault(message, {"code": "RESPONSE_VALIDATION_FAILED"})


def fault_of_denial(code: str) -> Fault:
    """Something that this viewer may not see."""
    return Fault(_DENIALS.get(code, "Not authorized."), {"code": code})


_DENIALS = {
    "UNAUTHENTICATED": "You must be logged in to see this.",
    "FORBIDDEN": "You are not allowed to see this.",
}
_INSIDE = frozenset({"service", "exception", "stacktrace", "debug", "debugMessage"})
