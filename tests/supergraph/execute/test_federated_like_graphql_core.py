"""Three subgraphs against one server that owns everything: same data, same places of errors."""

from __future__ import annotations

import pytest
from graphql import execute_sync, parse, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supergraph.execute import ExecutionContext, execute
from supergraph.model.operation import read_operation
from supergraph.plan import plan
from supergraph.query_plan.printer import print_plan
from tests.supergraph.execute.federated import (
    API,
    GRAPH,
    ONE_SERVER,
    SDLS,
    SUPERGRAPH,
    Universe,
    below_first_null,
    subgraph,
)
from tests.supergraph.execute.memory import MemoryTransport
from tests.supergraph.execute.operations import Operations


async def compare(universe: Universe, operations: Operations) -> None:
    query = operations.query()
    document = parse(query)
    assert not validate(API, document), query
    one = execute_sync(
        ONE_SERVER,
        document,
        variable_values=operations.variables,
        field_resolver=universe.resolve,
    ).formatted
    operation = read_operation(document)
    steps = plan(operation, GRAPH, SUPERGRAPH)
    transport = MemoryTransport({name: subgraph(name, universe) for name in SDLS})
    context = ExecutionContext(SUPERGRAPH, API, transport, variables=operations.variables)
    ours = await execute(steps, operation, context)
    told = f"{query}\n{print_plan(steps)}"
    assert ours.data == one.get("data"), f"{told}\n{ours.to_json()}\n{one}"
    assert str(ours.data) == str(one.get("data")), told
    errors = one.get("errors", [])
    theirs = {below_first_null(error.get("path") or [], ours.data) for error in errors}
    places = {below_first_null(error.path, ours.data) for error in ours.errors}
    assert places == theirs, f"{told}\n{places ^ theirs}\n{ours.to_json()}"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    operation=st.integers(0, 10**6),
    trouble=st.sampled_from([0.0, 0.05, 0.2]),
)
async def test_three_subgraphs_answer_as_one_server(
    seed: int, operation: int, trouble: float
) -> None:
    await compare(Universe(seed, trouble), Operations(operation, API))


@pytest.mark.soak
@pytest.mark.timeout(1800)
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    operation=st.integers(0, 10**6),
    trouble=st.sampled_from([0.0, 0.02, 0.05, 0.2]),
)
async def test_three_subgraphs_answer_as_one_server_at_length(
    seed: int, operation: int, trouble: float
) -> None:
    await compare(Universe(seed, trouble), Operations(operation, API))
