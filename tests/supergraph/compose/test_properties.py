"""What holds for any subgraphs: order does not matter, and bad input gets a typed error."""

from __future__ import annotations

import json
import random
from itertools import permutations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supergraph.compose import Composition, SubgraphSource, compose
from supergraph.compose.codes import CODES
from tests.shared import shared
from tests.supergraph.compose.test_emit import EVERYTHING
from tests.supergraph.compose.written import subgraph, subgraphs

FOUR = (
    'type Query { a: T } type T @key(fields: "id") { id: ID! x: Int @shareable }',
    """type Query { b(s: S): [T] } enum S { A B }
    type T @key(fields: "id") { id: ID! x: Int @shareable }""",
    'type T @key(fields: "id") { id: ID! y: Int @requires(fields: "z") z: Int @external }',
    """type Query { s(s: S): Int } enum S { B C }
    type T @key(fields: "id") { id: ID! z: Int @tag(name: "z") }""",
)


def _is_clean(answer: Composition) -> bool:
    known = all(error.code in CODES and error.message for error in answer.errors)
    return known and (answer.supergraph is None) == bool(answer.errors)


def test_order_of_subgraphs_makes_no_difference() -> None:
    first = compose(subgraphs(*FOUR))
    assert first.supergraph, first.errors
    for order in permutations(subgraphs(*FOUR)):
        assert compose(order) == first


def test_order_makes_no_difference_in_real_schemas() -> None:
    sources = [
        SubgraphSource(path.stem, f"http://{path.stem}", path.read_text())
        for path in sorted(shared("schema").glob("*.graphql"))
    ]
    first = compose(sources)
    assert compose(sources[::-1]) == first
    assert compose(sources) == first


@pytest.mark.parametrize("seed", range(6))
def test_broken_schemas_give_typed_errors(seed: int) -> None:
    """Real cases with tokens dropped, doubled and swapped."""
    chance = random.Random(seed)  # noqa: S311 -- a test's seed
    lines = shared("composition", "cases.jsonl").read_text().splitlines()
    for line in chance.sample(lines, 25):
        sources = [
            SubgraphSource(item["name"], item["url"], _broken(item["sdl"], chance))
            for item in json.loads(line)["subgraphs"]
        ]
        assert _is_clean(compose(sources)), sources


def _broken(sdl: str, chance: random.Random) -> str:
    words = sdl.split(" ")
    for _ in range(chance.randint(1, 3)):
        at, other = chance.randrange(len(words)), chance.randrange(len(words))
        match chance.randrange(4):
            case 0:
                words[at] = ""
            case 1:
                words[at] += f" {words[at]}"
            case 2:
                words[at], words[other] = words[other], words[at]
            case _:
                words[at] = words[at][::-1]
    return " ".join(words)


@given(position=st.integers(0, 2_000), text=st.text(max_size=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_broken_bytes_give_typed_errors(position: int, text: str) -> None:
    whole = subgraphs(*EVERYTHING)[0].sdl
    at = position % len(whole)
    broken = subgraph("a", whole[:at] + text + whole[at + 1 :])
    assert _is_clean(compose([broken, subgraphs(*EVERYTHING)[1]]))


@pytest.mark.parametrize(
    "sdl",
    [
        "",
        "#",
        "{ a }",
        "query { a }",
        "type Query",
        "schema { query: Query }",
        "type Query { a: Int } fragment F on Query { a }",
        "directive @a on FIELD",
        "type Query { a: " + "[" * 3_000 + "Int" + "]" * 3_000 + " }",
        'type Query { me: T } type T @key(fields: "' + "a{" * 2_000 + '") { a: T }',
        "\ufeff type Query { a: Int }",
        "type Query { a: Int \x00 }",
        "extend schema @link(url: 3) type Query { a: Int }",
        'extend schema @link(url: "http://[") type Query { a: Int }',
        "directive @a @b on FIELD type Query { a: Int }",
    ],
)
def test_hostile_texts_give_typed_errors(sdl: str) -> None:
    assert _is_clean(compose([SubgraphSource("a", "", sdl)]))


def test_nothing_and_the_same_name_twice() -> None:
    assert [error.code for error in compose([]).errors] == ["NO_QUERIES"]
    twice = [subgraph("a", "type Query { a: Int }"), subgraph("a", "type Query { b: Int }")]
    assert [error.code for error in compose(twice).errors] == ["INVALID_SUBGRAPH_NAME"]
