"""Clients see neither what is inaccessible nor the machinery."""

from __future__ import annotations

from graphql import parse, print_schema, validate

from supergraph.model.api_schema import api_schema
from supergraph.model.read_sdl import read_supergraph
from tests.shared import shared
from tests.supergraph.model.test_read_sdl import HEAD

SECRETS = """
directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
directive @tag(name: String!) repeatable on FIELD_DEFINITION
directive @live(every: Int) on QUERY | FIELD
type Query @join__type(graph: A) {
  open(shown: Int, hidden: Int @inaccessible, filter: Filter): Open @tag(name: "x")
  hidden: Hidden @inaccessible
  any: Any
}
interface Secret @join__type(graph: A) @inaccessible { id: ID }
type Open implements Secret @join__type(graph: A) { id: ID state: State old: Int @deprecated(reason: "r") }
type Hidden @join__type(graph: A) @inaccessible { id: ID }
union Any @join__type(graph: A) = Open | Hidden
enum State @join__type(graph: A) { ON OFF @inaccessible }
input Filter @join__type(graph: A) { a: Int b: Int @inaccessible }
"""  # noqa: E501 - as composers print it


def test_nothing_inaccessible_is_left() -> None:
    link = '@link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)'
    text = print_schema(api_schema(read_supergraph(HEAD.replace("LINKS", link) + SECRETS)))
    for hidden in ("hidden", "Hidden", "Secret", "OFF", "b: Int", "@tag", "join__", "inaccessible"):
        assert hidden not in text
    assert 'old: Int @deprecated(reason: "r")' in text
    assert "directive @live(every: Int) on QUERY | FIELD" in text
    assert "union Any = Open" in text


def test_a_renamed_inaccessible_hides_too() -> None:
    link = '@link(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "secret", for: SECURITY)'
    sdl = HEAD.replace("LINKS", link) + SECRETS.replace("@inaccessible", "@secret")
    assert "idden" not in print_schema(api_schema(read_supergraph(sdl)))


def test_entities_cannot_be_asked() -> None:
    sdl = shared("audit", "suites", "keys-mashup", "supergraph.graphql").read_text()
    schema = api_schema(read_supergraph(sdl))
    for field in ("_entities(representations: []) { __typename }", "_service { sdl }"):
        assert validate(schema, parse(f"{{ {field} }}"))
