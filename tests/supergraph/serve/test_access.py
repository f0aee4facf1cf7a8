from __future__ import annotations

from dataclasses import replace

from graphql import parse, print_ast
from graphql.language import FieldDefinitionNode, Node, Visitor, visit
from hypothesis import given
from hypothesis import strategies as st

from supergraph.model.read_sdl import read_supergraph
from supergraph.model.supergraph import Access, Supergraph
from supergraph.serve.access import both, read_access
from tests.supergraph.serve.composed import composed, composed_sdl

SIGNED_IN = Access(authenticated=True)


def scopes(*alternatives: str) -> Access:
    return Access(scopes=tuple(frozenset(each.split("+")) for each in alternatives))


access = st.builds(
    Access,
    st.booleans(),
    st.lists(st.frozensets(st.sampled_from("abc"), min_size=1), max_size=3).map(tuple),
)


def allows(need: Access, held: frozenset[str] | None) -> bool:
    if need.is_open:
        return True
    if held is None:
        return False
    return not need.scopes or any(alternative <= held for alternative in need.scopes)


@given(access, access, st.none() | st.frozensets(st.sampled_from("abc")))
def test_both_allows_exactly_whom_each_allows(
    one: Access, other: Access, held: frozenset[str] | None
):
    assert allows(both(one, other), held) == (allows(one, held) and allows(other, held))
    assert both(one, other) == both(other, one)


def test_an_open_supergraph_has_no_rules():
    assert read_access(composed(a="type Query { a: Int }")).is_open


def test_a_field_needs_what_it_names_and_what_its_type_needs():
    rules = read_access(
        composed(
            a="""
            type Query { me: User @authenticated all: [Secret!]! token: Token level: Level }
            type User { name: String @requiresScopes(scopes: [["a"], ["b", "c"]]) }
            type Secret @requiresScopes(scopes: [["s"]]) { x: Int }
            scalar Token @authenticated
            enum Level @authenticated { LOW }
            """
        )
    )
    assert rules.fields == {
        ("Query", "me"): SIGNED_IN,
        ("Query", "all"): scopes("s"),
        ("Query", "token"): SIGNED_IN,
        ("Query", "level"): SIGNED_IN,
        ("User", "name"): scopes("a", "b+c"),
    }
    assert rules.types == {"Secret": scopes("s")}


def test_what_composition_gathered_on_an_interface_closes_no_other_type():
    rules = read_access(
        composed(
            a="""
            type Query { node: Node }
            interface Node { x: Int y: Int }
            type A implements Node { x: Int @requiresScopes(scopes: [["a"]]) y: Int }
            type B implements Node { x: Int @requiresScopes(scopes: [["b"]]) y: Int }
            type C implements Node { x: Int y: Int }
            """
        )
    )
    assert rules.fields == {("A", "x"): scopes("a"), ("B", "x"): scopes("b")}


def test_a_choice_of_which_every_member_is_protected_is_known():
    rules = read_access(
        composed(
            a="""
            type Query { any: Any some: Some }
            union Any = A | B
            union Some = A | C
            type A @authenticated { x: Int }
            type B @requiresScopes(scopes: [["b"]]) { x: Int }
            type C { x: Int }
            """
        )
    )
    assert rules.choices == {("Query", "any"): ("A", "B")}


def without_access(sdl: str, fields: set[str]) -> Supergraph:
    """The supergraph as a composer would print it that does not insist on repeated needs."""

    class Drop(Visitor):
        def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> Node | None:
            if node.name.value not in fields:
                return None
            kept = tuple(d for d in node.directives or () if d.name.value.startswith("join__"))
            return replace(node, directives=kept)

    return read_supergraph(print_ast(visit(parse(sdl), Drop())))


def test_requires_is_followed_through_fields_that_require_in_turn():
    sdl = composed_sdl(
        users="""
        type Query { me: User }
        type User @key(fields: "id") {
          id: ID!
          birthday: String @authenticated
          address: Address
        }
        type Address { street: String @requiresScopes(scopes: [["address"]]) }
        """,
        ages="""
        type User @key(fields: "id") {
          id: ID!
          birthday: String @external
          address: Address @external
          age: Int @requires(fields: "birthday") @authenticated
          parcel: Int @requires(fields: "address { street }")
            @requiresScopes(scopes: [["address"]])
        }
        type Address { street: String @external }
        """,
        cards="""
        type User @key(fields: "id") {
          id: ID!
          age: Int @external
          card: String @requires(fields: "age") @authenticated
        }
        """,
    )
    rules = read_access(without_access(sdl, {"age", "parcel", "card"}))
    assert rules.fields == {
        ("User", "birthday"): SIGNED_IN,
        ("User", "age"): SIGNED_IN,
        ("User", "card"): SIGNED_IN,
        ("User", "parcel"): scopes("address"),
        ("Address", "street"): scopes("address"),
    }


def test_requires_through_an_interface_needs_what_each_member_needs():
    sdl = composed_sdl(
        users="""
        type Query { me: User }
        type User @key(fields: "id") { id: ID! pet: Pet }
        interface Pet { name: String }
        type Cat implements Pet { name: String @requiresScopes(scopes: [["cat"]]) }
        type Dog implements Pet @authenticated { name: String }
        """,
        tags="""
        type User @key(fields: "id") {
          id: ID!
          pet: Pet @external
          tag: Int @requires(fields: "pet { name }") @requiresScopes(scopes: [["cat"]])
            @authenticated
        }
        interface Pet { name: String }
        type Cat implements Pet { name: String @external }
        type Dog implements Pet { name: String @external }
        """,
    )
    rules = read_access(without_access(sdl, {"tag"}))
    assert rules.fields["User", "tag"] == both(SIGNED_IN, scopes("cat"))


def test_policies_of_a_field_and_of_its_type_must_both_hold():
    supergraph = composed(
        a="""
        type Query { a: T @policy(policies: [["p"], ["q"]]) }
        type T @policy(policies: [["r"]]) { x: Int }
        """
    )
    rules = read_access(supergraph)
    assert rules.fields["Query", "a"].policies == (frozenset("pr"), frozenset("qr"))
    assert rules.policies == frozenset("pqr")
