"""Nodes and moves: what is reachable from where."""

from __future__ import annotations

from pathlib import Path

import pytest

from supergraph.model.read_sdl import read_supergraph
from supergraph.query_graph.build import QueryGraph, build_query_graph
from supergraph.query_graph.dot import to_dot
from supergraph.query_graph.nodes import Shape

CASES = Path(__file__).parents[1] / "plan" / "cases"


def graph_of(case: str) -> QueryGraph:
    sdl = (CASES / case / "supergraph.graphql").read_text()
    return build_query_graph(read_supergraph(sdl))


def test_an_external_field_is_no_move_but_where_it_is_provided() -> None:
    graph = graph_of("provides_saves_a_request")
    assert graph.field(graph.node("Person", "POSTS"), "name") is None
    author = graph.field(graph.node("Post", "POSTS"), "author")
    assert author is not None
    assert author.target is not None
    assert str(author.target) == "Person@POSTS { name }"
    assert graph.field(author.target, "name") is not None


def test_a_nested_part_of_a_key_can_be_had_where_the_key_is() -> None:
    graph = graph_of("composite_nested_key")
    hall = graph.field(graph.node("Seat", "TICKETS"), "hall")
    assert hall is not None
    assert hall.target is not None
    assert graph.field(hall.target, "id") is not None


def test_an_interface_answers_only_what_all_its_types_answer() -> None:
    graph = graph_of("interface_expanded")
    media = graph.node("Media", "MEDIA")
    assert media.shape is Shape.ABSTRACT
    assert set(graph.casts(media)) == {"Film", "Song"}
    assert graph.field(media, "title") is not None
    assert graph.field(media, "stars") is None


def test_jumps_lead_to_resolvable_keys_and_interface_objects() -> None:
    graph = graph_of("interface_object")
    film = graph.node("Film", "MEDIA")
    assert {str(jump.target) for jump in graph.jumps(film)} == {"Media@STARS"}
    graph = graph_of("unresolvable_key")
    page = graph.node("Page", "PAGES")
    assert not graph.jumps(page)


def test_an_overridden_field_is_not_resolved_where_it_was() -> None:
    graph = graph_of("override")
    assert graph.field(graph.node("Bill", "OLD"), "total") is None
    assert graph.field(graph.node("Bill", "NEW"), "total") is not None


@pytest.mark.parametrize(("labels_on", "owner"), [((), "OLD"), (("percent(5)",), "NEW")])
def test_a_progressive_override_holds_where_its_label_is_on(
    labels_on: tuple[str, ...], owner: str
) -> None:
    sdl = (CASES / "override" / "supergraph.graphql").read_text()
    label = 'overrideLabel: "percent(5)")'
    labelled = sdl.replace(
        'override: "old")', f'override: "old", {label} @join__field(graph: OLD, {label}'
    )
    assert labelled != sdl
    graph = build_query_graph(read_supergraph(labelled), labels_on)
    answers = {g for g in ("OLD", "NEW") if graph.field(graph.node("Bill", g), "total")}
    assert answers == {owner}


def test_the_drawing_shows_nodes_moves_and_jumps() -> None:
    drawing = to_dot(graph_of("key_jump"))
    assert drawing.startswith("digraph")
    assert 'subgraph "cluster_STOCK"' in drawing
    assert '[style=dashed, label="id"]' in drawing
    assert 'label="tools"' in drawing
