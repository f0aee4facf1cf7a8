"""Hive's planner cases: valid, and never more requests or greater depth than its printed plan."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from graphql import parse
from graphql.language import (
    OperationDefinitionNode,
    VariableDefinitionNode,
)

from supergraph.query_plan.printer import count_requests, depth
from tests.shared import shared
from tests.supergraph.plan.worlds import world

HERE = shared("plans")
CASES: list[dict[str, Any]] = json.loads((HERE / "plans.json").read_text())

NOT_MET: dict[str, str] = {}
"""Cases where we need more than Hive, each with the reason; one that is met must go."""


def supergraph_sdl(name: str) -> str:
    # One of the files names a type that no schema has.
    return (HERE / "supergraphs" / name).read_text().replace(": boolean", ": Boolean")


def as_clients_write(operation: str) -> str:
    """The operation with what GraphQL demands: an `if` of @skip or @include may not be null."""
    text = operation.rstrip().rstrip(",")
    for definition in parse(text).definitions:
        if isinstance(definition, OperationDefinitionNode):
            for variable in definition.variable_definitions or ():
                text = _non_null(text, variable)
    return text


def _non_null(text: str, variable: VariableDefinitionNode) -> str:
    name = variable.variable.name.value
    if variable.default_value is not None:
        return text
    return re.sub(rf"(\${name}\s*:\s*Boolean)\b(?!!)", r"\1!", text)


def printed_size(text: str) -> tuple[int, int]:
    """Requests and depth of a printed plan: fetches, and the longest run through sequences."""
    tokens = re.findall(r"(\w+)(?:\([^)]*\))? \{|(\{)|(\})", text)
    stack: list[tuple[str, list[int]]] = []
    requests, result = 0, 0
    for name, _, closing in tokens:
        if not closing:
            stack.append((name, []))
            continue
        kind, below = stack.pop()
        size = sum(below) if kind == "Sequence" else max(below, default=0)
        if kind in {"Fetch", "BatchFetch"}:
            requests, size = requests + 1, 1
        result = max(result, size)
        if stack:
            stack[-1][1].append(size)
    return requests, result


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    plans = case["plans"] or [None] * len(case["operations"])
    worse: list[str] = []
    for name, text, printed in zip(case["supergraphs"], case["operations"], plans, strict=True):
        here = world(supergraph_sdl(name))
        ours = here.plan(as_clients_write(text))
        assert not here.invalid_fetches(ours)
        if printed is not None:
            requests, levels = printed_size(printed)
            if count_requests(ours) > requests or depth(ours) > levels:
                worse.append(f"{(count_requests(ours), depth(ours))} > {(requests, levels)}")
    assert bool(worse) == (case["name"] in NOT_MET), worse


def test_the_yardstick_can_measure() -> None:
    first = 'Fetch(service: "a") { { x } }'
    then = 'Parallel { Flatten(path: "x") { Fetch(service: "b") { { y } } } }'
    printed = f"QueryPlan {{ Sequence {{ {first}, {then} }} }}"
    assert printed_size(printed) == (2, 2)
