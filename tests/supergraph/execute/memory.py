"""Subgraphs in memory for the executor's tests: graphql-core behind the transport seam."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema, build_schema, get_variable_values, parse

from supergraph.execute import ExecutionContext, ExecutionResult, execute, subscribe
from supergraph.execute.transport import SubgraphRequest, SubgraphResponse, Transport
from supergraph.model.operation import read_operation
from supergraph.model.supergraph import Supergraph
from supergraph.query_plan.nodes import PlanNode, QueryPlan, Subscription

Body = dict[str, Any]
Answer = Body | Exception | bytes | Awaitable[Body]
Subgraph = Callable[[Body], Answer]
Stream = Callable[[Body], AsyncGenerator[Body | bytes | Exception, None]]


@dataclass
class MemoryTransport:
    """Answers from functions that get the decoded request; keeps what was sent."""

    subgraphs: Mapping[str, Subgraph]
    streams: Mapping[str, Stream] = field(default_factory=dict[str, Stream])
    sent: list[tuple[str, Body]] = field(default_factory=list[tuple[str, Body]])
    requests: list[SubgraphRequest] = field(default_factory=list[SubgraphRequest])
    status: int = 200
    ended: int = 0

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

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        body = json.loads(request.body)
        self.sent.append((request.subgraph, body))
        self.requests.append(request)
        frames = self._frames(self.streams[request.subgraph](body))
        await anext(frames)
        return frames

    async def _frames(
        self, stream: AsyncGenerator[Body | bytes | Exception, None]
    ) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(stream):
                yield b""
                async for frame in stream:
                    if isinstance(frame, Exception):
                        raise frame
                    yield frame if isinstance(frame, bytes) else json.dumps(frame).encode()
        finally:
            self.ended += 1

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


async def open_plan(
    root: Subscription | None,
    query: str,
    transport: Transport,
    schema: Supergraph | GraphQLSchema | str,
    **context: Any,
) -> ExecutionResult | AsyncGenerator[ExecutionResult, None]:
    """Subscribe by a hand-written plan."""
    supergraph = schema if isinstance(schema, Supergraph) else supergraph_of(schema)
    return await subscribe(
        QueryPlan("subscription", root),
        read_operation(parse(query)),
        ExecutionContext(supergraph, supergraph.schema, transport, **context),
    )


def answers(*entries: Body) -> Subgraph:
    """A subgraph that gives these answers in turn, the last one for ever."""
    left = list(entries)
    return lambda _body: left.pop(0) if len(left) > 1 else left[0]


def paths(result: ExecutionResult) -> set[tuple[str | int, ...]]:
    """Where the errors of a result stand."""
    return {error.path for error in result.errors}
