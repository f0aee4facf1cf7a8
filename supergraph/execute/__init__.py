"""Run a query plan: ask the subgraphs, join their answers, cut the result to what was asked."""

from __future__ import annotations

from chassis.telemetry import traced
from supergraph.execute.context import ExecutionContext, ExecutionResult
from supergraph.execute.errors import ClientError
from supergraph.execute.introspect import introspect
from supergraph.execute.progress import Progress
from supergraph.execute.run import run
from supergraph.execute.shape import shape
from supergraph.execute.subscribe import subscribe
from supergraph.model.operation import Operation
from supergraph.query_plan.nodes import QueryPlan, Subscription

__all__ = ["ClientError", "ExecutionContext", "ExecutionResult", "execute", "subscribe"]


@traced
async def execute(
    plan: QueryPlan, operation: Operation, context: ExecutionContext
) -> ExecutionResult:
    """Answer a client's operation by running its plan.

    Never raises for what subgraphs do: their faults are errors in the result. Cancelling it
    cancels the fetches under way.

    Args:
        plan: made from `operation` after authorization cut it; not of a subscription.
        operation: as the client sent it, valid against the API schema.
        context: the request.
    """
    if isinstance(plan.root, Subscription):
        raise TypeError("a subscription is not executed once: subscribe")
    progress = Progress.begin(context)
    await run(plan.root, progress)
    about_schema = introspect(operation, context)
    return shape(operation, context, progress, about_schema)
