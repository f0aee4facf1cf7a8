"""Ways: what a jump needs, and cycles that end."""

from __future__ import annotations

from pathlib import Path

import pytest

from supergraph.compose import SubgraphSource, compose
from supergraph.plan.errors import Unresolvable
from supergraph.plan.ways import Ways
from tests.supergraph.plan.worlds import World, world

CASES = Path(__file__).parent / "cases"
LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3",'
    ' import: ["@key", "@external", "@requires", "@shareable"])\n'
)


def case(name: str) -> World:
    return world((CASES / name / "supergraph.graphql").read_text())


def composed(**subgraphs: str) -> World:
    sources = [SubgraphSource(n, f"http://{n}", LINK + sdl) for n, sdl in subgraphs.items()]
    found = compose(sources)
    assert found.supergraph, found.errors
    return world(found.supergraph)


def test_a_leaf_at_hand_is_not_looked_for_elsewhere() -> None:
    here = case("key_jump")
    (way,) = Ways(here.graph).to_field(here.graph.node("Tool", "CATALOG"), "name")
    assert way.hop is None


def test_a_hop_says_what_it_needs_and_what_it_costs() -> None:
    here = case("key_through_third_subgraph")
    ways = Ways(here.graph).to_field(here.graph.node("Car", "FACTORY"), "owner")
    (way,) = ways
    assert way.hop is not None
    assert str(way.hop.key) == "plate"
    assert way.level == 2
    assert way.hop.requests == {(1, "PLATES"), (2, "OWNERS")}


def test_inputs_can_bring_an_object_back_into_its_own_subgraph() -> None:
    here = case("put_off_to_a_later_request")
    (way,) = Ways(here.graph).to_field(here.graph.node("Thing", "TWO"), "c")
    assert way.hop is not None
    assert way.hop.target.graph == "TWO"
    assert way.level == 2


def test_keys_that_need_each_other_end_in_an_error() -> None:
    here = composed(
        a='type Query { x: X } type X @key(fields: "i") { i: ID! }',
        b='type X @key(fields: "i") @key(fields: "j") { i: ID! j: ID! k: Int }',
    )
    assert Ways(here.graph).to_field(here.graph.node("X", "A"), "k")
    sdl = here.supergraph.sdl.replace('@join__type(graph: B, key: "i")', "")
    broken = world(sdl)
    assert not Ways(broken.graph).to_field(broken.graph.node("X", "A"), "k")
    with pytest.raises(Unresolvable, match=r"x\.k"):
        broken.plan("{ x { k } }")
