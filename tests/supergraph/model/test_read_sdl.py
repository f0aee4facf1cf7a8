"""Supergraphs of every join version and composer become the same values."""

from __future__ import annotations

import json

import pytest

from supergraph.federation.field_set import parse_field_set
from supergraph.model.read_sdl import read_supergraph
from supergraph.model.supergraph import Access, FieldJoin, Kind, Supergraph, SupergraphInvalid
from tests.shared import shared

HEAD = """
schema @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION) LINKS { query: Query }
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String, contextArguments: [String]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION
scalar join__FieldSet
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b", url: "http://b") }
"""  # noqa: E501 - as composers print it


def read(body: str, links: str = "") -> Supergraph:
    return read_supergraph(HEAD.replace("LINKS", links) + body)


QUERY = "type Query @join__type(graph: A) { x: Int }"


def test_a_field_without_join_is_in_every_subgraph_of_its_type() -> None:
    found = read(
        "type Query @join__type(graph: A) @join__type(graph: B)"
        '{ x: Int y: Int @join__field(graph: B, requires: "x") z: Int @join__field }'
    )
    query = found.types["Query"]
    assert query.kind is Kind.OBJECT
    assert query.fields["x"].joins == {"A": FieldJoin("A"), "B": FieldJoin("B")}
    assert query.fields["y"].joins == {"B": FieldJoin("B", requires=parse_field_set("x"))}
    assert query.fields["z"].joins == {}


def test_all_joins_of_one_subgraph_are_one_value() -> None:
    found = read(
        QUERY + 'type T @join__type(graph: A, key: "id")'
        '@join__type(graph: A, key: "n", resolvable: false) { id: ID n: Int }'
    )
    keys = found.types["T"].joins["A"].keys
    assert [(str(key.fields), key.resolvable) for key in keys] == [("id", True), ("n", False)]


def test_the_machinery_is_not_in_the_merged_schema() -> None:
    found = read(QUERY)
    names = [*found.schema.type_map, *(d.name for d in found.schema.directives)]
    assert not [name for name in names if "__" in name.lstrip("_") or name == "link"]
    assert set(found.types) == {"Query"}


AUTH = "https://specs.apollo.dev"


@pytest.mark.parametrize(
    ("links", "directive"),
    [
        (f'@link(url: "{AUTH}/requiresScopes/v0.1", for: SECURITY)', "@requiresScopes"),
        (f'@link(url: "{AUTH}/requiresScopes/v0.1", as: "needs", for: SECURITY)', "@needs"),
        (
            f'@link(url: "{AUTH}/requiresScopes/v0.1", for: SECURITY, import: [RENAMED])',
            "@scoped",
        ),
    ],
)
def test_renamed_security_directives_are_honoured(links: str, directive: str) -> None:
    links = links.replace("RENAMED", '{name: "@requiresScopes", as: "@scoped"}')
    definition = f"directive {directive}(scopes: [[String!]!]!) on FIELD_DEFINITION "
    body = (
        "type Query @join__type(graph: A)"
        f'{{ x: Int {directive}(scopes: [["a", "b"], ["c"]]) y: Int }}'
    )
    fields = read(definition + body, links).types["Query"].fields
    wanted = Access(scopes=(frozenset({"a", "b"}), frozenset({"c"})))
    assert fields["x"].access == wanted
    assert not wanted.is_open
    assert fields["y"].access.is_open


def test_requirements_of_several_applications_must_all_hold() -> None:
    link = f'@link(url: "{AUTH}/policy/v0.1", for: SECURITY)'
    body = (
        "directive @policy(policies: [[String!]!]!) repeatable on OBJECT "
        "type Query @join__type(graph: A)"
        '@policy(policies: [["a"], ["b"]]) @policy(policies: [["c"]]) { x: Int }'
    )
    policies = read(body, link).types["Query"].access.policies
    assert set(policies) == {frozenset({"a", "c"}), frozenset({"b", "c"})}


@pytest.mark.parametrize("purpose", ["SECURITY", "EXECUTION"])
def test_a_feature_that_must_be_understood_is_refused_by_name(purpose: str) -> None:
    link = f'@link(url: "https://example.org/mask/v1.0", for: {purpose})'
    with pytest.raises(SupergraphInvalid, match=r"example\.org/mask/v1\.0"):
        read(QUERY, link)


def test_a_feature_without_a_purpose_may_be_ignored() -> None:
    assert read(QUERY, '@link(url: "https://example.org/mask/v1.0")').types


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        ("type Query {", "not GraphQL"),
        ("type Query { x: Int }", "no supergraph"),
        (HEAD.replace("LINKS", "").replace("v0.3", "v0.9") + QUERY, "join/v0.9"),
        (HEAD.replace("LINKS", "") + "type Query @join__type(graph: C) { x: Int }", "Query .* C"),
        (HEAD.replace("LINKS", "") + "type Query @join__type(graph: A) { x: Nope }", "Nope"),
        (
            HEAD.replace("LINKS", "") + 'type Query @join__type(graph: A, key: "...F") { x: Int }',
            "@key of Query",
        ),
        (
            HEAD.replace("LINKS", "")
            + "type Query @join__type(graph: A)"
            + '{ x: Int @join__field(graph: A, contextArguments: ["c"]) }',
            r"Query\.x uses @fromContext",
        ),
    ],
)
def test_what_is_no_supergraph_says_why(sdl: str, message: str) -> None:
    with pytest.raises(
        SupergraphInvalid, match=message.replace("no supergraph", "not a supergraph")
    ):
        read_supergraph(sdl)


def test_join_v0_1_names_key_fields_only_in_the_key() -> None:
    found = read_supergraph(
        """
        schema @core(feature: "https://specs.apollo.dev/core/v0.1")
          @core(feature: "https://specs.apollo.dev/join/v0.1") { query: Query }
        directive @core(feature: String!) repeatable on SCHEMA
        directive @join__graph(name: String!, url: String!) on ENUM_VALUE
        directive @join__owner(graph: join__Graph!) on OBJECT
        directive @join__type(graph: join__Graph!, key: String) repeatable on OBJECT
        directive @join__field(graph: join__Graph, requires: String, provides: String)
          on FIELD_DEFINITION
        enum join__Graph {
          A @join__graph(name: "a" url: "http://a") B @join__graph(name: "b" url: "http://b")
        }
        type Query { users: [User] @join__field(graph: A) }
        type User @join__owner(graph: A) @join__type(graph: A, key: "id")
          @join__type(graph: B, key: "id") {
          id: ID! @join__field(graph: A)
          age: Int @join__field(graph: A)
          old: Boolean @join__field(graph: B, requires: "age")
        }
        """
    )
    fields = found.types["User"].fields
    assert set(fields["id"].joins) == {"A", "B"}
    assert not fields["id"].joins["B"].external
    assert fields["age"].joins["B"].external
    assert set(found.types["Query"].joins) == {"A", "B"}


def test_every_supergraph_of_the_composers_can_be_read() -> None:
    count = 0
    for line in shared("composition", "cases.jsonl").read_text().splitlines():
        sdl = json.loads(line)["apollo"].get("supergraph")
        if sdl and "connect" not in sdl:
            try:
                assert read_supergraph(sdl).graphs
            except SupergraphInvalid as refused:
                assert "does not support" in str(refused)  # noqa: PT017 - both are right
            count += 1
    assert count > 200
