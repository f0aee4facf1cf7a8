"""What goes into the execution of one operation besides its plan, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema

from supergraph.execute.errors import ClientError
from supergraph.execute.transport import Transport
from supergraph.model.supergraph import Supergraph


@dataclass(frozen=True, slots=True)
class ExecutionContext:
    """All that one request brings along besides its plan.

    Attributes:
        api_schema: what clients see; the answer is checked against it.
        variables: coerced (`graphql.get_variable_values(…).coerced`): defaults are in, absent
            ones are not.
        denied: `(object type, field) → code` of the fields that this viewer may not see.
        denied_types: `type → code` of the types that this viewer may not see.
        timeout: seconds that each fetch may take.
        timeouts: by subgraph name, where it differs.
        deadline: seconds that the whole request, or what one frame of a subscription needs besides
            itself, may take; fetches that are late then fail.
        sign: gives the headers that carry the viewer's claims, signed over the body.
    """

    supergraph: Supergraph
    api_schema: GraphQLSchema
    transport: Transport
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    denied: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    denied_types: Mapping[str, str] = field(default_factory=dict[str, str])
    timeout: float = 2.0
    timeouts: Mapping[str, float] = field(default_factory=dict[str, float])
    deadline: float = 10.0
    sign: Callable[[bytes], Mapping[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class ExecutionResult:
    """A client's answer.

    Attributes:
        data: response keys in the order asked; `None` when a null bubbled to the top.
        executed: false where a subscription was refused before it began: then there is no `data`
            in the answer at all.
    """

    data: dict[str, Any] | None
    errors: tuple[ClientError, ...] = ()
    executed: bool = True

    def to_json(self) -> dict[str, Any]:
        """The answer as GraphQL writes it; `errors` only where there are any."""
        data = {"data": self.data} if self.executed else {}
        if not self.errors:
            return data
        return {"errors": [error.to_json() for error in self.errors], **data}
