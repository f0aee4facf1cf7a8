"""One folder for each case: subgraphs in, a supergraph that a reviewer reads out."""

from __future__ import annotations

from pathlib import Path

import pytest

from supergraph.compose import compose
from supergraph.model.read_sdl import read_supergraph
from tests.oracles.node import oracle
from tests.supergraph.compose.golden import check
from tests.supergraph.compose.normalised import differences
from tests.supergraph.compose.written import composed, folder

CASES = Path(__file__).resolve().parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir())


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    answer = compose(folder(CASES / name / "subgraphs"))
    assert answer.supergraph, answer.errors
    read_supergraph(answer.supergraph)
    check(CASES / name / "supergraph.graphql", answer.supergraph)


@pytest.mark.parametrize("name", NAMES)
def test_case_equals_apollos(name: str) -> None:
    sources = folder(CASES / name / "subgraphs")
    asked = [{"name": s.name, "url": s.url, "sdl": s.sdl} for s in sources]
    theirs = oracle("compose.mjs").ask(composer="apollo", subgraphs=asked)
    ours = compose(sources).supergraph
    assert ours
    assert not differences(ours, theirs["supergraph"])


@pytest.mark.parametrize(
    ("feature", "sdl"),
    [
        ("context", 'type T @federation__context(name: "c") { a: Int }'),
        ("fromContext", "type T { a(b: Int @federation__fromContext(field: null)): Int }"),
        ("cacheTag", 'type T { a: Int @federation__cacheTag(format: "x") }'),
        ("connect", 'extend schema @link(url: "https://specs.apollo.dev/connect/v0.2")'),
    ],
)
def test_unsupported_features_are_refused_by_name(feature: str, sdl: str) -> None:
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.12")'
    answer = composed(f"{link} type Query {{ q: Int }} {sdl}")
    assert [error.code for error in answer.errors] == ["UNSUPPORTED_FEATURE"]
    assert f'"@{feature}"' in answer.errors[0].message


def test_progressive_override_is_checked_with_its_label_on_and_off() -> None:
    answer = composed(
        'type Query { a: T } type T @key(fields: "id") { id: ID! x: Int }',
        """type T @key(fields: "id") { id: ID! x: Int @override(from: "a", label: "on") z: Int }""",
    )
    assert answer.supergraph, answer.errors
    broken = composed(
        """type Query { a: T } type T @key(fields: "id") { id: ID! x: X }
        type X { v: Int @shareable }""",
        """type T { id: ID! @shareable x: X @override(from: "a", label: "on") }
        type X { v: Int @shareable w: Int }""",
    )
    assert {error.code for error in broken.errors} == {"SATISFIABILITY_ERROR"}


def test_satisfiability_says_which_query_and_why() -> None:
    answer = composed(
        "type Query { find(by: By!): U } input By { ids: [ID!]! kind: K! } enum K { A }"
        " union U = T type T { id: ID! @shareable }",
        'type T @key(fields: "id", resolvable: false) { id: ID! @shareable name: String }',
    )
    assert [error.nodes for error in answer.errors] == [("T.name",)]
    message = answer.errors[0].message
    assert "find(by: {ids: [], kind: A}) {\n    ... on T {\n      name\n" in message
    assert 'from subgraph "a": it has no field "T.name"' in message
    assert 'it cannot move to "b": "T" has no resolvable key there' in message
