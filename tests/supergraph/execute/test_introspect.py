"""Introspection through the executor: the API schema, and no subgraph asked."""

from __future__ import annotations

import pytest
from graphql import build_schema, get_introspection_query, graphql_sync

from supergraph.query_plan.nodes import Fetch
from tests.supergraph.execute.memory import MemoryTransport, answers, run_plan

SCHEMA = """
"The root." type Query { a(x: Int = 3): Int @deprecated(reason: "old") } type Mutation { m: Int }
"""


@pytest.mark.parametrize(
    "query",
    [
        get_introspection_query(),
        "{ __typename }",
        '{ t: __typename x: __type(name: "Query") { kind ...F } } fragment F on __Type { name }',
        '{ __type(name: "Nobody") { name } }',
        "{ ...R } fragment R on Query { __schema { queryType { name description } } }",
        "{ ... on Query @include(if: false) { __schema { queryType { name } } } __typename }",
        "{ __schema { queryType { name } } __schema { mutationType { name } } }",
        "mutation { __typename }",
    ],
)
async def test_the_api_schema_answers(query: str) -> None:
    expected = graphql_sync(build_schema(SCHEMA), query)
    assert expected.errors is None
    result = await run_plan(None, query, MemoryTransport({}), SCHEMA)
    assert result.to_json() == {"data": expected.data}


async def test_variables_reach_it_and_data_stands_beside_it() -> None:
    query = "query($n: String!, $d: Boolean = true) { a __type(name: $n) {"
    query += " name fields(includeDeprecated: $d) { name } } }"
    transport = MemoryTransport({"s": answers({"data": {"a": 1}})})
    result = await run_plan(
        Fetch(0, "s", "query", "{ a }"), query, transport, SCHEMA, {"n": "Query"}
    )
    assert result.to_json() == {
        "data": {"a": 1, "__type": {"name": "Query", "fields": [{"name": "a"}]}}
    }


async def test_a_subgraph_cannot_answer_for_the_schema() -> None:
    transport = MemoryTransport({"s": answers({"data": {"a": 1, "__schema": {"types": []}}})})
    query = "{ a __schema { queryType { name } } }"
    result = await run_plan(Fetch(0, "s", "query", "{ a }"), query, transport, SCHEMA)
    assert result.data == {"a": 1, "__schema": {"queryType": {"name": "Query"}}}
