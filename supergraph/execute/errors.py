"""Errors in a client's answer, and where they come from.

    * ClientError: one entry of the answer's `errors`
      - told by a subgraph                        code as the subgraph gave it, or
                                                  DOWNSTREAM_SERVICE_ERROR
      - a request that failed (TransportError)    SUBREQUEST_HTTP_ERROR, SUBREQUEST_TIMEOUT,
                                                  SUBREQUEST_MALFORMED_RESPONSE
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
