"""Subgraphs in memory for the executor's tests: graphql-core behind the transport seam."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema, build_schema, get_variable_values, parse

from supergraph.execute import ExecutionContext, ExecutionResult, execute
from supergraph.execute.transport import SubgraphRequest, SubgraphResponse, Transport
from supergraph.model.operation import read_operation
from supergraph.model.supergraph import Supergraph
from supergraph.query_plan.nodes import PlanNode, QueryPlan

Body = dict[str, Any]
Answer = Body | Exception | bytes | Awaitable[Body]
Subgraph = Callable[[Body], Answer]


@dataclass
class MemoryTransport:
    """Answers from functions that get the decoded request; keeps what was sent."""

    subgraphs: Mapping[str, Subgraph]
    sent: list[tuple[str, Body]] = field(default_factory=list[tuple[str, Body]])
    requests: list[SubgraphRequest] = field(default_factory=list[SubgraphRequest])
    status: int = 200

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        body = json.loads(request.body)
        self.sent.append((request.subgraph, body))
        self.requests.append(request)
        await asyncio.sleep(0)
        answer = self.subgraphs[request.subgraph](body)
        if isinstance(answer, Awaitable):
            answer = await answer
        if isinstance(answer, Exception):
            raise answer
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return SubgraphResponse(self.status, content)

    async def close(self) -> None:
        pass


def supergraph_of(schema: GraphQLSchema | str) -> Supergraph:
    """A supergraph with nothing but its merged schema, which is all that the executor reads."""
    return Supergraph(build_schema(schema) if isinstance(schema, str) else schema, {}, {}, "")


async def run_plan(
    root: PlanNode | None,
    query: str,
    transport: Transport,
    schema: Supergraph | GraphQLSchema | str,
    variables: Mapping[str, Any] | None = None,
    **context: Any,
) -> ExecutionResult:
    """Execute a hand-written plan for a query."""
    supergraph = schema if isinstance(schema, Supergraph) else supergraph_of(schema)
    operation = read_operation(parse(query))
    values = get_variable_values(
        supergraph.schema, operation.definition.variable_definitions or (), dict(variables or {})
    )
    assert not isinstance(values, list), values
    return await execute(
        QueryPlan(operation.kind.value, root),
        operation,
        ExecutionContext(
            supergraph, supergraph.schema, transport, variables=values.coerced, **context
        ),
    )


def answers(*entries: Body) -> Subgraph:
    """A subgraph that gives these answers in turn, the last one for ever."""
    left = list(entries)
    return lambda _body: left.pop(0) if len(left) > 1 else left[0]


def paths(result: ExecutionResult) -> set[tuple[str | int, ...]]:
    """Where the errors of a result stand."""
    return {error.path for error in result.errors}
