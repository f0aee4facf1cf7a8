"""Subscription roots are merged as other roots are, and as another composer merges them."""

from __future__ import annotations

from typing import Any

import pytest

from supergraph.compose import SubgraphSource, compose
from supergraph.model.api_schema import api_schema
from supergraph.model.read_sdl import read_supergraph
from tests.oracles.node import oracle

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",
  import: ["@key", "@shareable", "@external", "@requires", "@inaccessible"])
"""
PLAIN = "type Query { a: Int } type Subscription { ticks: Int }"
CASES: dict[str, dict[str, str]] = {
    "two subgraphs": {
        "a": PLAIN,
        "b": "type Query { b: Int } type Subscription { others(n: Int = 1): String! }",
    },
    "renamed": {
        "a": "schema { query: Q subscription: Events } type Q { a: Int } type Events { e: Int }",
        "b": PLAIN,
    },
    "renamed by extension": {
        "a": "extend schema { subscription: Live } type Query { x: Int } type Live { l: Int }",
    },
    "same field twice": {"a": PLAIN, "b": PLAIN},
    "same field twice, shareable": {
        "a": "type Query { a: Int } type Subscription { ticks: Int @shareable }",
        "b": "type Query { b: Int } type Subscription { ticks: Int @shareable }",
    },
    "shareable alone": {
        "a": "type Query { a: Int } type Subscription { ticks: Int @shareable }",
    },
    "shareable of one": {
        "a": "type Query { a: Int } type Subscription { ticks: Int @shareable }",
        "b": PLAIN,
    },
    "another type of that name": {
        "a": "schema { query: Query subscription: Events } type Query { a: Subscription } "
        "type Events { e: Int } type Subscription { s: Int }",
    },
    "inaccessible": {
        "a": "type Query { a: Int } type Subscription { ticks: Int other: Int @inaccessible }",
    },
    "satisfiable below": {
        "a": "type Query { a: Int } type Subscription { u: U } "
        'type U @key(fields: "id") { id: ID }',
        "b": 'type Query { b: Int } type U @key(fields: "id") { id: ID n: Int }',
    },
    "unsatisfiable below": {
        "a": "type Query { a: Int } type Subscription { u: U } type U @shareable { id: ID }",
        "b": "type Query { b: Int u: U } type U { id: ID @shareable n: Int }",
    },
}


@pytest.mark.parametrize("case", CASES)
def test_errors_and_fields_are_those_of_apollo(case: str) -> None:
    sources = {name: LINK + sdl for name, sdl in CASES[case].items()}
    theirs = oracle("compose.mjs").ask(
        composer="apollo",
        subgraphs=[{"name": n, "url": f"http://{n}", "sdl": sdl} for n, sdl in sources.items()],
    )
    ours = compose([SubgraphSource(n, f"http://{n}", sdl) for n, sdl in sources.items()])
    assert {error.code for error in ours.errors} == {e["code"] for e in theirs.get("errors", ())}
    if "supergraph" in theirs:
        assert ours.supergraph is not None
        assert root_of(ours.supergraph) == root_of(theirs["supergraph"])


def root_of(sdl: str) -> Any:
    """The fields of the subscription root, whose they are, and which clients see."""
    supergraph = read_supergraph(sdl)
    visible = api_schema(supergraph).subscription_type
    fields = supergraph.types["Subscription"].fields
    return (
        {name: (field.joins.keys(), str(visible)) for name, field in fields.items()},
        sorted(visible.fields) if visible else None,
        {name: str(field.type) for name, field in visible.fields.items()} if visible else None,
    )
