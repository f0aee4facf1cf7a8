from __future__ import annotations

from pathlib import Path

from stack.order import SUBGRAPHS
from stack.router_yaml import held_by

SUPERGRAPH = Path(__file__).resolve().parents[2] / "schema" / "supergraph.graphql"


def test_the_committed_supergraph_holds_all_that_runs():
    assert held_by(SUPERGRAPH.read_text()) == set(SUBGRAPHS)


def test_a_subgraph_that_was_not_composed_is_not_named():
    text = SUPERGRAPH.read_text().replace('@join__graph(name: "timeline", url: "")', "")
    assert held_by(text) == {"users", "tweets", "social"}
