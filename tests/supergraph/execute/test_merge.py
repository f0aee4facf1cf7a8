from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema

from supergraph.execute.merge import merge
from supergraph.execute.places import find_places
from supergraph.execute.selections import TypeConditions

SCHEMA = build_schema(
    "type Query { n: N } interface N { x: Int } type A implements N { x: Int } type B { x: Int }"
)


@pytest.mark.parametrize(
    ("target", "incoming", "expected"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"x": 1}}, {"a": {"y": 2}}, {"a": {"x": 1, "y": 2}}),
        ({"a": [{"x": 1}, None]}, {"a": [{"y": 2}, {"y": 3}]}, {"a": [{"x": 1, "y": 2}, {"y": 3}]}),
        ({"a": None}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": {"x": 1}}, {"a": None}, {"a": {"x": 1}}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"__typename": "A"}, {"__typename": "N"}, {"__typename": "A"}),
        ({"__typename": "N"}, {"__typename": "A"}, {"__typename": "A"}),
    ],
)
def test_merge(target: Any, incoming: Any, expected: Any) -> None:
    merge(target, incoming, SCHEMA)
    assert target == expected


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ((), [()]),
        (("o",), [("o",)]),
        (("l", "@"), [("l", 0), ("l", 2), ("l", 3)]),
        (("l", "@|A"), [("l", 0), ("l", 3)]),
        (("l", "@|A|B"), [("l", 0), ("l", 2), ("l", 3)]),
        (("l", "@|N"), [("l", 0), ("l", 3)]),
        (("l|B", "@"), [("l", 0), ("l", 2), ("l", 3)]),
        (("m", "@", "@"), [("m", 0, 0), ("m", 1, 0)]),
        (("l", "@", "o"), [("l", 0, "o")]),
        (("nothing", "@"), []),
        (("s", "x"), []),
        (("l",), []),
    ],
)
def test_find_places(path: tuple[str, ...], found: list[tuple[Any, ...]]) -> None:
    a: dict[str, Any] = {"__typename": "A"}
    data = {
        "o": {},
        "l": [a | {"o": {}}, None, {"__typename": "B"}, a],
        "m": [[{}], [{}, None], None],
        "s": "text",
    }
    places = find_places(data, path, TypeConditions(SCHEMA))
    assert [place.path for place in places] == found
