"""Run a query plan: ask the subgraphs, join their answers, cut the result to what was asked."""

from __future__ import annotations

from chassis.telemetry import traced
from supergraph.execute.context import ExecutionContext, ExecutionResult
from supergraph.execute.errors import ClientError
from supergraph.execute.introspect import introspect
from supergraph.execute.run import run
from supergraph.execute.shape import shape
from supergraph.model.operation import Operation
from supergraph.query_plan.nodes import QueryPlan

__all__ = ["ClientError", "ExecutionContext", "ExecutionResult", "execute"]


@traced
async def execute(
    plan: QueryPlan, operation: Operation, context: ExecutionContext
) -> ExecutionResult:
    """Answer a client's operation by running its plan.

    Never raises for what subgraphs do: their faults are errors in the result. Cancelling it
    cancels the fetches under way.

    Args:
        plan: made from `operation` after authorization cut it.
        operation: as the client sent it, valid against the API schema.
        context: the request.
    """
    progress = await run(plan, context)
    about_schema = introspect(operation, context)
    return shape(operation, context, progress, about_schema)
