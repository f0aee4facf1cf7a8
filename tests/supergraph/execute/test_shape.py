"""Shaping by itself: wrong values, denied fields, abstract types, order of keys."""

from __future__ import annotations

from typing import Any

import pytest

from supergraph.execute import ExecutionResult
from supergraph.query_plan.nodes import Fetch
from tests.supergraph.execute.memory import MemoryTransport, answers, paths, run_plan

SCHEMA = """
type Query {
  int: Int  float: Float  string: String  boolean: Boolean  id: ID  colour: Colour  any: Any
  ints: [Int]  strict: [Int!]  matrix: [[Int!]]  thing: Thing  things: [Thing!]!
  either: Either  a: A  need: A!
}
scalar Any
enum Colour { RED }
interface Thing { name: String }
union Either = A | B
type A implements Thing { name: String  only_a: Int!  secret: Secret  secrets: [Secret!] }
type B implements Thing { name: String  b: Int }
type Hidden { x: Int }
type Secret { x: Int }
"""


async def shaped(data: Any, query: str, **context: Any) -> ExecutionResult:
    """What the client gets when the one fetch of the plan brings this data."""
    transport = MemoryTransport({"s": answers({"data": data})})
    return await run_plan(Fetch(0, "s", "query", query), query, transport, SCHEMA, **context)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("int", 2**31 - 1),
        ("int", -(2**31)),
        ("float", 1),
        ("float", 0.5),
        ("string", ""),
        ("boolean", False),
        ("id", "x"),
        ("colour", "RED"),
        ("any", {"b": [1, None, {"a": 10**30}]}),
        ("any", 0),
        ("ints", [1, None]),
        ("matrix", [[1], None, []]),
    ],
)
async def test_values_of_the_right_type_pass(field: str, value: Any) -> None:
    result = await shaped({field: value}, f"{{ {field} }}")
    assert result.to_json() == {"data": {field: value}}


async def test_ids_become_strings_and_whole_floats_become_ints() -> None:
    result = await shaped({"id": 12, "int": 3.0}, "{ id int }")
    assert result.to_json() == {"data": {"id": "12", "int": 3}}
    assert isinstance((result.data or {})["int"], int)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("int", 2**31),
        ("int", -(2**31) - 1),
        ("int", 1.5),
        ("int", "1"),
        ("int", True),
        ("float", "1"),
        ("float", True),
        ("string", 1),
        ("string", ["x"]),
        ("boolean", 1),
        ("boolean", "true"),
        ("id", 1.5),
        ("id", True),
        ("colour", "HIDDEN"),
        ("colour", 1),
        ("ints", 1),
        ("ints", {}),
        ("thing { name }", "x"),
        ("thing { name }", []),
        ("thing { name }", {"__typename": "Hidden", "name": "x"}),
        ("thing { name }", {"__typename": "Nobody", "name": "x"}),
        ("thing { name }", {"__typename": "Thing", "name": "x"}),
        ("thing { name }", {"__typename": ["A"], "name": "x"}),
        ("thing { name }", {"name": "x"}),
        ("either { __typename }", {"__typename": "Thing"}),
        ("a { name }", 1),
    ],
)
async def test_values_of_the_wrong_type_are_null_with_an_error(field: str, value: Any) -> None:
    key = field.split(maxsplit=1)[0]
    result = await shaped({key: value}, f"{{ {field} }}")
    assert result.data == {key: None}
    assert [(error.path, error.code) for error in result.errors] == [
        ((key,), "RESPONSE_VALIDATION_FAILED")
    ]
    assert "HIDDEN" not in result.errors[0].message
    assert "Hidden" not in result.errors[0].message


async def test_one_bad_item_of_a_list() -> None:
    result = await shaped({"ints": [1, "x"], "strict": [1, "x"]}, "{ ints strict }")
    assert result.data == {"ints": [1, None], "strict": None}
    assert paths(result) == {("ints", 1), ("strict", 1)}


async def test_a_null_at_the_top_is_a_null_answer_with_one_error() -> None:
    result = await shaped({"int": "x", "need": None}, "{ int need { name } }")
    assert result.data is None
    assert [error.message for error in result.errors] == [
        "Cannot return null for non-nullable field Query.need."
    ]


async def test_keys_stand_in_the_order_asked_and_only_those() -> None:
    data = {"string": "s", "x": 1, "int": 1, "thing": {"b": 2, "name": "n", "__typename": "B"}}
    query = "{ t: __typename x: int thing { ... on B { b } ...F ... on A { only_a } } string }"
    query += " fragment F on Thing { __typename name }"
    result = await shaped(data, query)
    assert str(result.data) == str(
        {"t": "Query", "x": 1, "thing": {"b": 2, "__typename": "B", "name": "n"}, "string": "s"}
    )


async def test_a_denied_field_is_null_with_its_code_wherever_it_is_met() -> None:
    data = {"things": [{"__typename": "A"}, {"__typename": "B", "n": "b"}, {"__typename": "A"}]}
    query = "{ things { n: name } }"
    result = await shaped(data, query, denied={("A", "name"): "UNAUTHENTICATED"})
    assert result.data == {"things": [{"n": None}, {"n": "b"}, {"n": None}]}
    assert [(error.path, error.code) for error in result.errors] == [
        (("things", 0, "n"), "UNAUTHENTICATED"),
        (("things", 2, "n"), "UNAUTHENTICATED"),
    ]


async def test_a_denied_field_that_may_not_be_null_bubbles() -> None:
    query = "{ a { name only_a } need { only_a } }"
    data = {"a": {"name": "x"}, "need": {"only_a": 1}}
    denied = {("A", "only_a"): "FORBIDDEN"}
    result = await shaped(data, "{ a { name only_a } }", denied=denied)
    assert result.data == {"a": None}
    assert [(error.path, error.code) for error in result.errors] == [(("a", "only_a"), "FORBIDDEN")]
    result = await shaped(data, query, denied=denied)
    assert result.data is None
    assert paths(result) == {("need", "only_a")}


async def test_what_is_denied_is_not_given_even_if_it_was_fetched() -> None:
    result = await shaped({"a": {"name": "secret"}}, "{ a { name } }", denied={("A", "name"): "X"})
    assert result.data == {"a": {"name": None}}


async def test_objects_of_a_denied_type_are_null_at_their_places() -> None:
    data = {
        "thing": {"__typename": "A", "name": "a"},
        "either": {"__typename": "B", "b": 1},
        "a": {"name": "a"},
    }
    query = "{ thing { name } either { ... on B { b } } a { name } }"
    result = await shaped(data, query, denied_types={"A": "FORBIDDEN"})
    assert result.data == {"thing": None, "either": {"b": 1}, "a": None}
    assert {(error.path, error.code) for error in result.errors} == {
        (("thing",), "FORBIDDEN"),
        (("a",), "FORBIDDEN"),
    }


async def test_fields_of_a_denied_type_are_null_though_nothing_was_fetched() -> None:
    query = "{ a { name secret { x } secrets { x } } }"
    result = await shaped({"a": {"name": "a"}}, query, denied_types={"Secret": "UNAUTHENTICATED"})
    assert result.data == {"a": {"name": "a", "secret": None, "secrets": None}}
    assert paths(result) == {("a", "secret"), ("a", "secrets")}
