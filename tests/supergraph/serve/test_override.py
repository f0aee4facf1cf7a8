"""A label is on for its share of requests."""

from __future__ import annotations

import pytest

from supergraph.model.read_sdl import read_supergraph
from supergraph.model.supergraph import Supergraph
from supergraph.serve.configuration import ConfigurationInvalid
from supergraph.serve.override import Overrides
from tests.supergraph.compose.written import composed


def supergraph() -> Supergraph:
    answer = composed(
        'type Query { a: T } type T @key(fields: "id") { id: ID! x: Int y: Int }',
        'type T @key(fields: "id") { id: ID! x: Int @override(from: "a", label: "percent(25)") '
        'y: Int @override(from: "a", label: "mine") }',
    )
    assert answer.supergraph is not None, answer.errors
    return read_supergraph(answer.supergraph)


def answering(overrides: Overrides) -> str:
    """Who answers x, and who answers y."""
    graph = overrides.graph()
    return "".join(g for name in "xy" for g in ("A", "B") if graph.field(graph.node("T", g), name))


@pytest.mark.parametrize(
    ("draw", "who"), [(0.0, "BB"), (0.09999, "BB"), (0.1, "BA"), (0.2499, "BA"), (0.25, "AA")]
)
def test_a_label_is_on_for_its_share(draw: float, who: str) -> None:
    assert answering(Overrides(supergraph(), {"mine": 10}, lambda: draw)) == who


def test_a_label_that_nothing_names_is_off() -> None:
    assert answering(Overrides(supergraph(), {}, lambda: 0.0)) == "BA"


def test_one_graph_serves_all_requests_of_a_choice() -> None:
    overrides = Overrides(supergraph(), {"mine": 10}, lambda: 0.5)
    assert overrides.graph() is overrides.graph()


def test_a_share_for_an_unknown_label_is_refused() -> None:
    with pytest.raises(ConfigurationInvalid, match=r"no label other; it has mine, percent\(25\)"):
        Overrides(supergraph(), {"other": 10})
