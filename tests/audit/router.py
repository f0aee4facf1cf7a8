"""Our whole router for one supergraph, from SDL to answers."""

from __future__ import annotations

from typing import Any

from graphql import get_variable_values, parse, validate

from supergraph.execute import ExecutionContext, execute
from supergraph.execute.transport import Transport
from supergraph.model.api_schema import api_schema
from supergraph.model.operation import read_operation
from supergraph.model.read_sdl import read_supergraph
from supergraph.plan import plan
from supergraph.plan.errors import PlanError
from supergraph.query_graph.build import build_query_graph
from supergraph.query_plan.printer import print_plan

_PATIENCE = 60.0
"""Seconds: a busy machine is no finding."""


class Router:
    """Reads a supergraph once and answers operations."""

    def __init__(self, sdl: str, transport: Transport) -> None:
        self.supergraph = read_supergraph(sdl)
        self.schema = api_schema(self.supergraph)
        self.graph = build_query_graph(self.supergraph)
        self.transport = transport

    async def answer(self, query: str) -> dict[str, Any]:
        """Answer as a server would: `data`, and `errors` where there are any."""
        document = parse(query)
        if errors := validate(self.schema, document):
            return {"errors": [error.formatted for error in errors]}
        operation = read_operation(document)
        variables = get_variable_values(
            self.schema, operation.definition.variable_definitions or (), {}
        )
        if isinstance(variables, list):
            return {"errors": [error.formatted for error in variables]}
        context = ExecutionContext(
            self.supergraph,
            self.schema,
            self.transport,
            variables=variables.coerced,
            timeout=_PATIENCE,
            deadline=_PATIENCE,
        )
        try:
            steps = plan(operation, self.graph, self.supergraph)
        except PlanError as error:
            return {"errors": [{"message": str(error)}]}
        return (await execute(steps, operation, context)).to_json()

    def plan_of(self, query: str) -> str:
        """The plan as text, for messages."""
        try:
            return print_plan(plan(read_operation(parse(query)), self.graph, self.supergraph))
        except PlanError as error:
            return repr(error)
