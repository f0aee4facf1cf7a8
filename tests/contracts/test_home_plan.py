"""What a home page takes: the timeline's ids, then everything about them from tweets."""

from __future__ import annotations

from pathlib import Path

from graphql import parse

from supergraph.model.operation import read_operation
from supergraph.model.read_sdl import read_supergraph
from supergraph.plan import plan
from supergraph.query_graph.build import build_query_graph
from supergraph.query_plan.printer import count_requests, depth

SCHEMA = Path(__file__).resolve().parents[2] / "schema"


def test_a_home_page_with_authors_and_avatars_is_two_fetches_of_depth_two():
    supergraph = read_supergraph((SCHEMA / "supergraph.graphql").read_text())
    text = (SCHEMA / "operations" / "home-timeline.graphql").read_text()
    for field in ("text", "createdAt", "likeCount", "username", "displayName", "url"):
        assert field in text
    found = plan(read_operation(parse(text)), build_query_graph(supergraph), supergraph)
    assert (count_requests(found), depth(found)) == (2, 2)
