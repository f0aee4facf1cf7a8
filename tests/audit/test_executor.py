"""The audit with Hive's plans in place of ours: what fails here is the executor's fault alone."""

from __future__ import annotations

import json

import pytest
from graphql import get_variable_values, parse, validate

from supergraph.execute import ExecutionContext, execute
from supergraph.model.api_schema import api_schema
from supergraph.model.operation import read_operation
from supergraph.model.read_sdl import read_supergraph
from tests.audit.hive_plans import PlanReader
from tests.audit.replica import NAMES, ReplicaTransport, cases, load, supergraph_sdl, wrong
from tests.oracles.node import oracle

UNPLANNED = {("non-resolvable-interface-object", 1)}
"""Hive's planner finds no path here: the field can only be reached by its interface object."""


@pytest.mark.parametrize("suite", NAMES)
async def test_hive_plans(suite: str) -> None:
    subgraphs = load(suite)
    sdl = supergraph_sdl(suite)
    supergraph = read_supergraph(sdl)
    schema = api_schema(supergraph)
    for index, case in enumerate(cases(suite)):
        operation = read_operation(parse(case["query"]))
        if validate(schema, parse(case["query"])) or (suite, index) in UNPLANNED:
            continue
        told = oracle("plan.mjs").ask(planner="hive", supergraph=sdl, operation=case["query"])
        values = get_variable_values(schema, operation.definition.variable_definitions or (), {})
        assert not isinstance(values, list)
        context = ExecutionContext(
            supergraph, schema, ReplicaTransport(subgraphs), variables=values.coerced
        )
        result = await execute(PlanReader().plan(told["plan"]), operation, context)
        assert wrong(result.to_json(), case["expected"]) is None, json.dumps(told["plan"])
    assert not [gap for subgraph in subgraphs.values() for gap in subgraph.gaps]
