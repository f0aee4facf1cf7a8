"""Root fields of mutations and subscriptions: each is asked once, of one subgraph, in order."""

from __future__ import annotations

from collections.abc import Sequence

from supergraph.plan.asks import Ask
from supergraph.plan.choose import choose, cost_of
from supergraph.plan.errors import NotOneRootField, Unresolvable
from supergraph.plan.paths import PathFinder, find_paths
from supergraph.query_graph.nodes import Node


def runs_of_root_fields(
    asks: Sequence[Ask], roots: Sequence[Node], finder: PathFinder
) -> list[tuple[Node, list[Ask]]]:
    """Cut root fields into runs that one request may hold, in the order of the operation."""
    runs: list[tuple[Node, list[Ask]]] = []
    for ask in asks:
        root = _cheapest_root(ask, roots, finder)
        if runs and runs[-1][0] is root:
            runs[-1][1].append(ask)
        else:
            runs.append((root, [ask]))
    return runs


def check_subscription(asks: Sequence[Ask]) -> None:
    """See that a subscription asks for one stream, or, where authorization cut it, for none.

    Raises:
        NotOneRootField: it asks for several, or for one under a condition.
    """
    if len(asks) > 1 or any(ask.conditions for ask in asks):
        raise NotOneRootField


def _cheapest_root(ask: Ask, roots: Sequence[Node], finder: PathFinder) -> Node:
    able = [root for root in roots if finder.graph.field(root, ask.name)]
    if len(able) == 1:
        return able[0]
    costs: list[tuple[tuple[int, int, int], str, Node]] = []
    for root in able:
        try:
            leaves = find_paths([ask], [root], finder)
        except Unresolvable:
            continue
        costs.append((cost_of(choose(leaves, finder.budget)), root.graph, root))
    if not costs:
        raise Unresolvable(f"No subgraph can resolve {ask.key}.")
    return min(costs, key=lambda one: one[:2])[2]
