"""Progressive overrides: the plan for each choice of labels is another planner's."""

from __future__ import annotations

import re
from itertools import product

import pytest
from graphql import parse

from supergraph.model.operation import read_operation
from supergraph.model.overrides import override_labels
from supergraph.model.read_sdl import read_supergraph
from supergraph.plan import plan
from supergraph.query_graph.build import build_query_graph
from supergraph.query_plan.printer import count_requests, depth, print_plan
from tests.oracles.node import oracle
from tests.supergraph.compose.written import composed

SHARE, CUSTOM = "percent(25)", "new-ratings"
OLD = """
type Query { thing: Thing old: Int }
type Thing @key(fields: "id") { id: ID! name: String price: Int rating: Int }
"""
NEW = f"""
type Query {{ newer: Thing }}
type Thing @key(fields: "id") {{
  id: ID! price: Int @override(from: "a", label: "{SHARE}")
  rating: Int @override(from: "a", label: "{CUSTOM}")
}}
"""
# It needs a field that moves.
NEEDING = """
type Query { most: Thing }
type Thing @key(fields: "id") {
  id: ID! price: Int @external tax: Int @requires(fields: "price")
}
"""
OPERATIONS = (
    "{ thing { price } }",
    "{ thing { name price rating } }",
    "{ newer { price rating name } }",
    "{ thing { tax } newer { tax } most { tax price } }",
)
CHOICES = tuple(product((False, True), repeat=2))


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("choice", CHOICES)
def test_plans_as_another_planner_does(operation: str, choice: tuple[bool, bool]) -> None:
    answer = composed(OLD, NEW, NEEDING)
    assert answer.supergraph is not None, answer.errors
    supergraph = read_supergraph(answer.supergraph)
    labels = dict(zip(sorted((SHARE, CUSTOM)), choice, strict=True))
    assert override_labels(supergraph) == sorted(labels)
    on = [label for label, is_on in labels.items() if is_on]
    graph = build_query_graph(supergraph, on)
    ours = plan(read_operation(parse(operation)), graph, graph.supergraph)
    theirs = oracle("plan.mjs").ask(
        planner="apollo", supergraph=answer.supergraph, operation=operation, labels=labels
    )
    assert (depth(ours), count_requests(ours)) <= (theirs["depth"], theirs["requests"])
    assert asked(print_plan(ours)) == asked(theirs["plan"])


def asked(plan_text: str) -> set[str]:
    """Which subgraphs a plan asks."""
    return set(re.findall(r'service: "(\w+)"', plan_text))
