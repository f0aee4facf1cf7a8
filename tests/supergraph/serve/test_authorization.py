"""What a viewer gets who may not see everything, and what subgraphs are asked meanwhile.

One test per way to a protected field; each also looks into every request that a subgraph got.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from chassis.identity import verify_claims
from tests.supergraph.serve.tokens import SECRET, SECRET_NAME, USER, Issuer, issuing
from tests.supergraph.serve.worlds import Subgraph, ask, serving

PEOPLE = """
type Query {
  me: User
  users: [User!]
  node: Node
  nodes: [Node]
  any: [Any!]
  vault: Vault
  sureVault: Vault!
  token: Token
  secret: Int @authenticated
  open: Int
}
type Mutation { burn: Int @requiresScopes(scopes: [["burn"]]) greet: Int }
interface Node { id: ID! name: String owner: Node }
type User implements Node @key(fields: "id") @key(fields: "ssn") {
  id: ID!
  name: String
  owner: Node
  email: String @requiresScopes(scopes: [["read", "mail"], ["admin"]])
  ssn: ID! @authenticated
  pin: Int! @authenticated
}
type Bot implements Node { id: ID! name: String @authenticated owner: Node }
type Spy implements Node @requiresScopes(scopes: [["spy"]]) { id: ID! name: String owner: Node }
union Any = User | Spy
type Vault @authenticated { gold: Int }
scalar Token @authenticated
"""
PARCELS = """
type User @key(fields: "ssn") {
  ssn: ID! @authenticated
  email: String @external
  parcels: Int
  letter: String @requires(fields: "email")
    @requiresScopes(scopes: [["read", "mail"], ["admin"]])
}
"""
ANN = {
    "__typename": "User",
    "id": "1",
    "name": "Ann",
    "email": "ann@x",
    "ssn": "s1",
    "pin": 1,
    "owner": None,
}
BOT = {"__typename": "Bot", "id": "2", "name": "Bot", "owner": ANN}
SPY = {"__typename": "Spy", "id": "3", "name": "Spy", "owner": ANN}
ROOT = {
    "me": ANN,
    "users": [ANN, ANN],
    "node": SPY,
    "nodes": [ANN, BOT, SPY],
    "any": [ANN, SPY],
    "vault": {"gold": 1},
    "sureVault": {"gold": 1},
    "token": "t",
    "secret": 42,
    "open": 1,
    "burn": 1,
    "greet": 1,
}


def parcel(representation: Any) -> Any:
    letter = f"to {representation.get('email')}"
    return {**representation, "parcels": 3, "letter": letter}


@dataclass
class World:
    client: httpx.AsyncClient
    issuer: Issuer
    people: Subgraph
    parcels: Subgraph

    @property
    def asked(self) -> str:
        return " ".join([*self.people.asked, *self.parcels.asked])

    async def ask(self, query: str, *scopes: str, known: bool = False) -> tuple[Any, Any]:
        """`(data, {path: code})`; nobody asks where no scopes are given and `known` is unset."""
        token = self.issuer.token(*scopes) if scopes or known else None
        answer = await ask(self.client, query, token)
        errors = {
            ".".join(map(str, error["path"])): error["extensions"]["code"]
            for error in answer.get("errors", ())
        }
        return answer["data"], errors


@pytest.fixture
async def world() -> AsyncIterator[World]:
    people, parcels = Subgraph(PEOPLE, ROOT, lambda _: ANN), Subgraph(PARCELS, {}, parcel)
    async with (
        issuing() as issuer,
        serving(
            issuer.configuration(), {SECRET_NAME: SECRET}, people=people, parcels=parcels
        ) as client,
    ):
        yield World(client, issuer, people, parcels)


async def test_a_protected_field_is_null_and_never_asked_for(world: World):
    assert await world.ask("{ open secret }") == (
        {"open": 1, "secret": None},
        {"secret": "UNAUTHENTICATED"},
    )
    assert "secret" not in world.asked
    assert await world.ask("{ open secret }", known=True) == ({"open": 1, "secret": 42}, {})


async def test_nothing_is_asked_where_everything_is_protected(world: World):
    assert await world.ask("{ secret }") == ({"secret": None}, {"secret": "UNAUTHENTICATED"})
    assert world.asked == ""


async def test_scopes_that_lack_give_forbidden(world: World):
    for scopes in [("read",), ("mail",), ("other",)]:
        assert await world.ask("{ me { name email } }", *scopes) == (
            {"me": {"name": "Ann", "email": None}},
            {"me.email": "FORBIDDEN"},
        )
    assert "email" not in world.asked
    for scopes in [("read", "mail"), ("admin", "other")]:
        data, errors = await world.ask("{ me { email } }", *scopes)
        assert (data, errors) == ({"me": {"email": "ann@x"}}, {})


async def test_every_place_in_a_list_has_its_own_error(world: World):
    data, errors = await world.ask("{ users { email } }")
    assert data == {"users": [{"email": None}, {"email": None}]}
    assert errors == {"users.0.email": "UNAUTHENTICATED", "users.1.email": "UNAUTHENTICATED"}


async def test_a_null_where_none_may_be_bubbles(world: World):
    assert await world.ask("{ open me { name pin } }") == (
        {"open": 1, "me": None},
        {"me.pin": "UNAUTHENTICATED"},
    )


async def test_by_an_alias(world: World):
    assert await world.ask("{ name: secret open: open x: me { id: email } }") == (
        {"name": None, "open": 1, "x": {"id": None}},
        {"name": "UNAUTHENTICATED", "x.id": "UNAUTHENTICATED"},
    )
    assert "secret" not in world.asked
    assert "email" not in world.asked


async def test_by_an_inline_fragment(world: World):
    query = "{ ... { secret } ... on Query { me { ... on User { email } } } }"
    assert await world.ask(query) == (
        {"secret": None, "me": {"email": None}},
        {"secret": "UNAUTHENTICATED", "me.email": "UNAUTHENTICATED"},
    )
    assert "email" not in world.asked


async def test_by_a_named_fragment_used_twice(world: World):
    query = "{ me { ...F } users { ...F } } fragment F on User { name email }"
    data, errors = await world.ask(query)
    assert data["me"] == data["users"][0] == {"name": "Ann", "email": None}
    assert set(errors) == {"me.email", "users.0.email", "users.1.email"}
    assert "email" not in world.asked


async def test_skipped_fields_have_no_error(world: World):
    query = "query ($no: Boolean = false) { open secret @include(if: $no) }"
    assert await world.ask(query) == ({"open": 1}, {})


async def test_through_an_interface_each_type_decides(world: World):
    data, errors = await world.ask("{ nodes { __typename name } }")
    assert data == {
        "nodes": [
            {"__typename": "User", "name": "Ann"},
            {"__typename": "Bot", "name": None},
            None,
        ]
    }
    assert errors == {"nodes.1.name": "UNAUTHENTICATED", "nodes.2": "UNAUTHENTICATED"}
    data, errors = await world.ask("{ nodes { name } }", known=True)
    assert data == {"nodes": [{"name": "Ann"}, {"name": "Bot"}, None]}
    assert errors == {"nodes.2": "FORBIDDEN"}


async def test_through_an_interface_inside_an_interface(world: World):
    data, errors = await world.ask("{ nodes { owner { name } } }")
    assert data == {"nodes": [{"owner": None}, {"owner": {"name": "Ann"}}, None]}
    assert errors == {"nodes.2": "UNAUTHENTICATED"}


async def test_through_an_interface_by_a_fragment_on_an_implementing_type(world: World):
    query = "{ nodes { ... on Spy { name } ... on User { email } ... on Bot { name } } }"
    data, errors = await world.ask(query)
    assert data == {"nodes": [{"email": None}, {"name": None}, None]}
    assert set(errors) == {"nodes.0.email", "nodes.1.name", "nodes.2"}
    assert "email" not in world.asked
    assert "name}" not in world.asked.replace("__typename}", "")


async def test_through_a_union(world: World):
    data, errors = await world.ask("{ any { ... on User { name } ... on Spy { name } } }")
    assert data == {"any": None}
    assert errors == {"any.1": "UNAUTHENTICATED"}
    data, errors = await world.ask("{ any { ... on Node { id } } }", "spy")
    assert (data, errors) == ({"any": [{"id": "1"}, {"id": "3"}]}, {})


async def test_through_a_union_by_a_fragment_on_a_member(world: World):
    data, errors = await world.ask(
        "{ any { ... on User { id email } ... on Spy { name } } }", "spy"
    )
    assert data is not None
    assert {"id": "1", "email": None} in data["any"]
    assert set(errors.values()) == {"FORBIDDEN"}
    assert "email" not in world.asked


async def test_a_protected_type_protects_every_field_that_gives_it_back(world: World):
    assert await world.ask("{ open vault { gold } token }") == (
        {"open": 1, "vault": None, "token": None},
        {"vault": "UNAUTHENTICATED", "token": "UNAUTHENTICATED"},
    )
    assert "vault" not in world.asked
    assert "token" not in world.asked
    data, errors = await world.ask("{ open sureVault { gold } }")
    assert (data, errors) == (None, {"sureVault": "UNAUTHENTICATED"})


async def test_a_protected_key_serves_inside_and_never_shows(world: World):
    assert await world.ask("{ me { parcels } }") == ({"me": {"parcels": 3}}, {})
    assert "ssn" in world.people.asked[0]
    assert await world.ask("{ me { ssn parcels } }") == (
        {"me": None},
        {"me.ssn": "UNAUTHENTICATED"},
    )


async def test_what_is_made_of_protected_inputs_is_protected(world: World):
    assert await world.ask("{ me { name letter } }") == (
        {"me": {"name": "Ann", "letter": None}},
        {"me.letter": "UNAUTHENTICATED"},
    )
    assert world.parcels.asked == []
    data, errors = await world.ask("{ me { letter } }", "admin")
    assert (data, errors) == ({"me": {"letter": "to ann@x"}}, {})


async def test_a_mutation_that_is_not_allowed_is_not_done(world: World):
    assert await world.ask("mutation { greet burn }", known=True) == (
        {"greet": 1, "burn": None},
        {"burn": "FORBIDDEN"},
    )
    assert "burn" not in world.asked


async def test_an_answer_for_one_viewer_is_not_another_ones(world: World):
    for _ in range(2):
        assert (await world.ask("{ me { email } }", "admin"))[0] == {"me": {"email": "ann@x"}}
        assert (await world.ask("{ me { email } }"))[0] == {"me": {"email": None}}
        assert (await world.ask("{ me { email } }", "read"))[1] == {"me.email": "FORBIDDEN"}


async def test_subgraphs_get_the_verified_claims_and_never_the_token(world: World):
    await world.ask("{ open }", "spy")
    await world.ask("{ open }")
    known, unknown = (
        verify_claims(SECRET.encode(), headers, body).viewer
        for headers, body in zip(world.people.headers, world.people.bodies, strict=True)
    )
    assert unknown is None
    assert known is not None
    assert (known.id, known.scopes) == (USER, frozenset({"spy"}))
    assert all("authorization" not in headers for headers in world.people.headers)


async def test_a_clients_own_claims_are_not_passed_on(world: World):
    await world.client.post(
        "/graphql",
        json={"query": "{ open }"},
        headers={"x-mt-claims": "forged", "x-mt-signature": "forged", "x-user-id": "1"},
    )
    (headers,) = world.people.headers
    assert verify_claims(SECRET.encode(), headers, world.people.bodies[0]).viewer is None
    assert "x-user-id" not in headers
