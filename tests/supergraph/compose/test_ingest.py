"""What servers print beside their schema says nothing, whoever prints it."""

from __future__ import annotations

import strawberry
from graphql import parse
from graphql.language import TypeDefinitionNode
from strawberry.federation import Schema
from strawberry.federation.schema_directives import Shareable

from supergraph.compose import SubgraphSource, compose
from tests.supergraph.compose.written import composed, subgraphs


@strawberry.federation.type(keys=["id"])
class Film:
    """A film."""

    id: strawberry.ID
    title: str = strawberry.federation.field(directives=[Shareable()])


@strawberry.type
class Query:
    """Films."""

    @strawberry.field
    def film(self) -> Film | None:
        """The film."""
        return None


def _types(sdl: str) -> set[str]:
    found = (d for d in parse(sdl).definitions if isinstance(d, TypeDefinitionNode))
    names = {d.name.value for d in found}
    return {name for name in names if not name.startswith(("join__", "link__"))}


def test_strawberry_prints_machinery_that_is_dropped() -> None:
    sdl = Schema(query=Query).as_str()
    assert "_entities" in sdl
    answer = compose([SubgraphSource("films", "http://films", sdl)])
    assert answer.supergraph, answer.errors
    assert _types(answer.supergraph) == {"Film", "Query"}
    assert "_service" not in answer.supergraph


def test_a_query_type_of_nothing_but_machinery_is_none() -> None:
    answer = composed("type Query { _service: _Service! } type _Service { sdl: String }")
    assert [error.code for error in answer.errors] == ["NO_QUERIES"]


def test_root_types_are_renamed_everywhere() -> None:
    answer = composed("schema { query: Ask } type Ask { a: Int again: [Ask!]! } union All = Ask")
    assert answer.supergraph
    assert "again: [Query!]!" in answer.supergraph
    assert "= Query" in answer.supergraph
    assert "Ask" not in answer.supergraph


def test_graph_ids_are_distinct_names() -> None:
    names = ["a-b", "a_b", "1x", "x_1", "A B"]
    sources = [
        SubgraphSource(name, "", subgraphs(f"type Query {{ f{i}: Int }}")[0].sdl)
        for i, name in enumerate(names)
    ]
    answer = compose(sources)
    assert answer.supergraph
    lines = [line.split()[0] for line in answer.supergraph.splitlines() if "@join__graph(" in line]
    assert lines[1:] == ["_1X", "A_B_1", "A_B_2", "A_B_3", "X_1_"]
