"""Turn an operation into the cheapest query plan that answers it."""

from __future__ import annotations

from collections.abc import Sequence

from graphql import OperationType

from supergraph.model.operation import Operation
from supergraph.model.supergraph import Supergraph
from supergraph.plan.asks import Ask
from supergraph.plan.budget import Budget
from supergraph.plan.choose import choose
from supergraph.plan.emit import emit
from supergraph.plan.errors import (
    NotOneRootField,
    PlanError,
    PlanTooComplex,
    ReservedAlias,
    Unresolvable,
)
from supergraph.plan.fetch_graph import build_fetch_graph
from supergraph.plan.normalize import normalize
from supergraph.plan.normalize.type_conditions import TypeConditions
from supergraph.plan.optimize import Request, optimize
from supergraph.plan.paths import PathFinder, find_paths
from supergraph.plan.serial import check_subscription, runs_of_root_fields
from supergraph.plan.ways import Ways
from supergraph.query_graph.build import QueryGraph
from supergraph.query_graph.nodes import Node
from supergraph.query_plan.nodes import QueryPlan

__all__ = [
    "NotOneRootField",
    "PlanError",
    "PlanTooComplex",
    "ReservedAlias",
    "Unresolvable",
    "plan",
]


def plan(
    operation: Operation,
    graph: QueryGraph,
    supergraph: Supergraph,
    budget: Budget | None = None,
) -> QueryPlan:
    """Turn an operation into the cheapest query plan that answers it.

    Args:
        operation: valid against the API schema; introspection and the root's `__typename` are
            left out, since no subgraph is asked for them.
        graph: of the same supergraph.
        supergraph: what the operation is about.
        budget: how much planning may cost; the default holds hostile operations to seconds.

    Raises:
        PlanTooComplex: the budget is used up.
        Unresolvable: a field cannot be reached; composition should have refused the supergraph.
        ReservedAlias: the operation calls some field `__typename`.
        NotOneRootField: a subscription that validation should have refused.
    """
    budget = budget or Budget()
    finder = PathFinder(graph, Ways.of(graph), TypeConditions(supergraph), budget)
    try:
        asks = normalize(operation, finder.types, budget)
        if operation.kind is OperationType.SUBSCRIPTION:
            check_subscription(asks)
        roots = graph.roots(operation.kind)
        if operation.kind is OperationType.QUERY:
            groups = [_plan_together(asks, roots, asks, finder)] if asks else []
        else:
            runs = runs_of_root_fields(asks, roots, finder)
            groups = [_plan_together(run, [root], asks, finder) for root, run in runs]
        return emit(groups, operation, supergraph)
    except RecursionError as error:
        raise PlanTooComplex("The operation is nested too deep to plan.") from error


def _plan_together(
    asks: Sequence[Ask], roots: Sequence[Node], operation: Sequence[Ask], finder: PathFinder
) -> list[Request]:
    leaves = find_paths(asks, roots, finder)
    paths = choose(leaves, finder.budget)
    steps = build_fetch_graph(leaves, paths, operation, finder.graph)
    return optimize(steps)
