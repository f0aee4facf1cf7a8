"""A plan depends neither on the order of subgraphs in the supergraph nor on that of the fields."""

from __future__ import annotations

import json
import random
from typing import Any

from graphql import parse, print_ast
from graphql.language import (
    DocumentNode,
    EnumTypeDefinitionNode,
    Node,
    SelectionSetNode,
    TypeDefinitionNode,
    Visitor,
    visit,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from supergraph.query_plan.nodes import BatchFetch, Fetch, QueryPlan
from supergraph.query_plan.printer import fetches
from tests.shared import shared
from tests.supergraph.plan.worlds import world

SUITES = shared("audit", "suites")
OPERATIONS = [
    (suite.name, case["query"])
    for suite in sorted(SUITES.iterdir())
    for case in json.loads((suite / "tests.json").read_text())
    if not world((suite / "supergraph.graphql").read_text()).faults(case["query"])
    and "a {\n          field" not in case["query"]
]

SIMILAR = 'magazine: similar(id: "p2")'


def shuffled(nodes: Any, dice: random.Random) -> tuple[Any, ...]:
    found = list(nodes or ())
    dice.shuffle(found)
    return tuple(found)


class ShuffleGraphs(Visitor):
    """Other orders of definitions, subgraphs, fields, members and directives."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice

    def leave(self, node: Node, *_: object) -> Any:
        if isinstance(node, DocumentNode):
            return DocumentNode(definitions=shuffled(node.definitions, self.dice))
        if isinstance(node, TypeDefinitionNode):
            changed: dict[str, Any] = {"directives": shuffled(node.directives, self.dice)}
            parts = ("values",) if isinstance(node, EnumTypeDefinitionNode) else ("fields", "types")
            for part in parts:
                if getattr(node, part, None):
                    changed[part] = shuffled(getattr(node, part), self.dice)
            same: dict[str, Any] = {key: getattr(node, key) for key in node.keys if key != "loc"}
            return type(node)(**{**same, **changed})
        return None


class ShuffleFields(Visitor):
    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.dice = dice

    def leave_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode:
        return SelectionSetNode(selections=shuffled(node.selections, self.dice))


def essence(query_plan: QueryPlan) -> list[Any]:
    """All that a plan does, without the order in which its requests select fields."""
    numbers: dict[int, Any] = {}
    for fetch in sorted(fetches(query_plan), key=lambda one: one.id):
        numbers[fetch.id] = _request(fetch, [numbers[one] for one in fetch.after])
    return sorted(numbers.values(), key=repr)


def _request(fetch: Fetch | BatchFetch, after: list[Any]) -> Any:
    words = sorted(fetch.operation.replace("{", " ").replace("}", " ").split())
    places = sorted(str(batch.paths) for batch in getattr(fetch, "entities", ()))
    return fetch.subgraph, words, sorted(places), sorted(after, key=repr)


def plans(suite: str, operation: str, seed: int) -> tuple[QueryPlan, QueryPlan]:
    """Of the supergraph and operation as they are, and of both in another order."""
    dice = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    sdl = (SUITES / suite / "supergraph.graphql").read_text()
    other_sdl = print_ast(visit(parse(sdl, no_location=True), ShuffleGraphs(dice)))
    document = parse(operation, no_location=True)
    if "mutation" not in operation:
        document = visit(document, ShuffleFields(dice))
    assert other_sdl != print_ast(parse(sdl, no_location=True))
    return world(sdl).plan(operation), world(other_sdl).plan(print_ast(document))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(OPERATIONS), st.integers(0, 2**32))
def test_order_does_not_matter(asked: tuple[str, str], seed: int) -> None:
    here, there = plans(*asked, seed)
    assert essence(here) == essence(there)


def test_equal_look_ups_are_one_in_whatever_order_their_fields_stand() -> None:
    """Found by the property: two fields in one order here and in the other there."""
    (operation,) = (
        text for suite, text in OPERATIONS if suite == "abstract-types" and SIMILAR in text
    )
    for each in plans("abstract-types", operation, 166):
        (batch,) = (fetch for fetch in fetches(each) if isinstance(fetch, BatchFetch))
        assert [len(entity.paths) for entity in batch.entities] == [2]
