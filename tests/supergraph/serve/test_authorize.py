"""What is cut before planning; what the client then sees is in `test_authorization.py`."""

from __future__ import annotations

import pytest
from graphql import parse, print_ast
from graphql.language import DocumentNode

from chassis.identity import Viewer
from supergraph.model.api_schema import api_schema
from supergraph.model.operation import read_operation
from supergraph.serve.access import read_access
from supergraph.serve.authorize import Authorized, Authorizer
from supergraph.serve.refusals import OperationTooComplex
from tests.supergraph.serve.composed import composed

SUPERGRAPH = composed(
    a="""
    type Query {
      me: User
      node: Node
      any: Any
      closed: Closed
      money: Money
      open: Int
      secret: Int @authenticated
    }
    type Mutation { burn: Int @requiresScopes(scopes: [["burn"]]) }
    interface Node { id: ID! name: String friend: Node }
    type User implements Node @key(fields: "id") {
      id: ID!
      name: String
      friend: Node
      email: String @requiresScopes(scopes: [["mail", "read"], ["admin"]])
    }
    type Bot implements Node { id: ID! name: String @authenticated friend: Node }
    type Spy implements Node @requiresScopes(scopes: [["spy"]]) {
      id: ID!
      name: String
      friend: Node
    }
    union Any = User | Spy
    union Closed = Spy | Agent
    type Agent @requiresScopes(scopes: [["spy"]]) { x: Int }
    type Money @authenticated { amount: Int }
    """
)
AUTHORIZER = Authorizer(api_schema(SUPERGRAPH), read_access(SUPERGRAPH))


def viewer(*scopes: str) -> Viewer:
    return Viewer("019a0000-0000-7000-8000-000000000001", "s", frozenset(scopes), 2_000_000_000)


def authorize(text: str, who: Viewer | None = None) -> Authorized:
    return AUTHORIZER.authorize(read_operation(parse(text)), who)


def cut(text: str, who: Viewer | None = None) -> str:
    operation = authorize(text, who).operation
    document = DocumentNode(definitions=(operation.definition, *operation.fragments.values()))
    return " ".join(print_ast(document).split())


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("{ open secret }", "{ open }"),
        ("{ secret }", "{ __typename }"),
        ("{ x: secret y: open }", "{ y: open }"),
        ("mutation { burn }", "mutation { __typename }"),
        ("{ me { id email } }", "{ me { id } }"),
        ("{ me { email } }", "{ me { __typename } }"),
        ("{ money { amount } }", "{ __typename }"),
        ("{ ... on Query { secret open } }", "{ ... on Query { open } }"),
        ("{ ... @skip(if: false) { secret } }", "{ ... @skip(if: false) { __typename } }"),
        (
            "{ ...F } fragment F on Query { secret me { ...G } } fragment G on User { email id }",
            "{ ...F } fragment F on Query { me { ...G } } fragment G on User { id }",
        ),
        ("{ node { ... on User { email name } } }", "{ node { ... on User { name } } }"),
        ("{ node { ... on Spy { name } } }", "{ node { ... on Spy { __typename } } }"),
        (
            "{ node { __typename id } }",
            "{ node { __typename ... on Bot { id } ... on User { id } } }",
        ),
        ("{ node { n: name } }", "{ node { ... on User { n: name } } }"),
        (
            "{ node { name @include(if: true) } }",
            "{ node { ... on User { name @include(if: true) } } }",
        ),
        ("{ any { ... on Node { name } } }", "{ any { ... on Node { ... on User { name } } } }"),
        ("{ closed { __typename } open }", "{ open }"),
        (
            "{ node { friend { name } } }",
            (
                "{ node { ... on Bot { friend { ... on User { name } } }"
                " ... on User { friend { ... on User { name } } } } }"
            ),
        ),
    ],
)
def test_a_viewer_nobody_knows(asked: str, left: str):
    assert cut(asked) == left


def test_scopes_are_alternatives_of_sets():
    asked = "{ me { email } }"
    assert cut(asked, viewer("mail", "read")) == asked
    assert cut(asked, viewer("admin")) == asked
    assert cut(asked, viewer("mail")) == "{ me { __typename } }"
    assert cut(asked, viewer()) == "{ me { __typename } }"
    assert cut("{ secret }", viewer()) == "{ secret }"


def test_the_code_says_whether_logging_in_would_help():
    unknown = authorize("{ open }")
    assert unknown.denied == {
        ("Query", "secret"): "UNAUTHENTICATED",
        ("Query", "money"): "UNAUTHENTICATED",
        ("Query", "closed"): "UNAUTHENTICATED",
        ("Mutation", "burn"): "UNAUTHENTICATED",
        ("User", "email"): "UNAUTHENTICATED",
        ("Bot", "name"): "UNAUTHENTICATED",
    }
    assert unknown.denied_types == dict.fromkeys(("Spy", "Agent", "Money"), "UNAUTHENTICATED")
    known = authorize("{ open }", viewer())
    assert known.denied == {
        ("Query", "closed"): "FORBIDDEN",
        ("Mutation", "burn"): "FORBIDDEN",
        ("User", "email"): "FORBIDDEN",
    }
    assert known.denied_types == dict.fromkeys(("Spy", "Agent"), "FORBIDDEN")


def test_who_may_see_everything_gets_the_operation_as_it_is():
    operation = read_operation(parse("{ secret me { email } node { name } }"))
    everything = viewer("admin", "spy", "burn")
    assert AUTHORIZER.authorize(operation, everything) == Authorized(operation, {}, {})


def test_fragments_that_double_are_cut_once_each():
    fragments = [f"fragment F{n} on User {{ ...F{n + 1} ...F{n + 1} }}" for n in range(40)]
    text = " ".join(["{ me { ...F0 } }", *fragments, "fragment F40 on User { id email }"])
    assert "email" not in cut(text)


def test_interfaces_inside_interfaces_end_in_a_refusal():
    with pytest.raises(OperationTooComplex):
        authorize("{ node {" + "friend {" * 30 + "id" + "}" * 30 + "} }")
