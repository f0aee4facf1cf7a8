from __future__ import annotations

from typing import Any

import pytest
from graphql import build_schema

from supergraph.execute.rewrites import rewrite, rewrite_path
from supergraph.execute.selections import TypeConditions
from supergraph.query_plan.nodes import Rewrite

CONDITIONS = TypeConditions(
    build_schema(
        "type Query { n: N } interface N { x: Int }type A implements N { x: Int } type B { x: Int }"
    )
)


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (Rewrite(("a",), rename_to="b"), {"a": 1, "c": 2}, {"b": 1, "c": 2}),
        (Rewrite(("l", "@", "a"), rename_to="b"), {"l": [{"a": 1}, None]}, {"l": [{"b": 1}, None]}),
        (Rewrite(("l", "a"), rename_to="b"), {"l": [[{"a": 1}]]}, {"l": [[{"b": 1}]]}),
        (
            Rewrite(("... on A", "a"), rename_to="b"),
            {"__typename": "B", "a": 1},
            {"__typename": "B", "a": 1},
        ),
        (
            Rewrite(("... on N", "__typename"), set_value="N"),
            {"__typename": "A", "a": 1},
            {"__typename": "N", "a": 1},
        ),
        (Rewrite(("__typename",), set_value="N"), {"a": 1}, {"a": 1}),
        (Rewrite(("a",), rename_to="b"), None, None),
    ],
)
def test_a_rewrite_changes_what_its_path_leads_to(rule: Rewrite, value: Any, expected: Any) -> None:
    before = repr(value)
    assert rewrite(value, [rule], CONDITIONS) == expected
    assert repr(value) == before


def test_paths_of_errors_follow_their_data() -> None:
    rules = [Rewrite(("l", "@", "... on A", "a"), rename_to="b"), Rewrite(("l",), rename_to="m")]
    assert rewrite_path(("l", 3, "a", "z"), rules, CONDITIONS) == ("m", 3, "b", "z")
