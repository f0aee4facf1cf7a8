"""What can be asked, over signed requests, and in how many statements."""

from __future__ import annotations

import uuid

import pytest

from chassis.identity import Viewer
from subgraphs.users.model.ids import SESSION, TWEET, USER, global_id
from tests.subgraphs.users.people import newcomer, unique
from tests.subgraphs.users.subgraph import Subgraph

USER_BY = "query ($id: ID, $name: String) { user(id: $id, username: $name) { id username } }"
USERS = "query ($ids: [ID!]!) { users(ids: $ids) { id username displayName } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename id ... on User { username } } }"
ENTITIES = """
query ($of: [_Any!]!) { _entities(representations: $of) {
  __typename
  ... on User { id username displayName searchable }
  ... on Viewer { id email }
} }
"""


def id_of(viewer) -> str:
    return global_id(USER, uuid.UUID(viewer.id))


async def test_a_user_is_found_by_id_and_by_name_in_any_case(subgraph):
    name = unique("Alice")
    viewer = await subgraph.sign_up(name)
    found = {"id": id_of(viewer), "username": name}
    assert (await subgraph.data(USER_BY, id=id_of(viewer)))["user"] == found
    assert (await subgraph.data(USER_BY, name=name))["user"] == found


@pytest.mark.parametrize("spell", [str.upper, str.lower, str.swapcase])
async def test_seed_username_search_case(subgraph, spell):
    """Users used to be found by `LIKE kw%`, in the case that they had signed up with."""
    name = unique("MiXed")
    await subgraph.sign_up(name)
    assert (await subgraph.data(USER_BY, name=spell(name)))["user"]["username"] == name


@pytest.mark.parametrize(
    "name",
    ["nobody_at_all", "a", "no such name", "%", "_" * 300, "nul\x00", "half\ud800", "' OR 1"],
)
async def test_an_unknown_name_is_null_and_no_error(subgraph, name):
    assert await subgraph.data(USER_BY, name=name) == {"user": None}


@pytest.mark.parametrize("keys", [{}, {"id": None, "name": None}, {"id": "U_x", "name": "x"}])
async def test_seed_no_key_never_finds_the_first_user(subgraph, keys):
    await subgraph.sign_up()
    answer = await subgraph.ask(USER_BY, **keys)
    assert answer["data"] == {"user": None}
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "id"}


MALFORMED = ["", "U", "U_", "x", "U_!!!", "U_" + "A" * 23, "U_\x00" + "A" * 21, "u_" + "A" * 22]


@pytest.mark.parametrize(
    "id", [*MALFORMED, global_id(SESSION, uuid.uuid4()), "U_" + "A" * 21 + "B"]
)
async def test_a_malformed_id_is_a_typed_error(subgraph, id):
    for query in (USER_BY, NODE):
        if query is USER_BY and not id:
            continue
        answer = await subgraph.ask(query, id=id)
        (error,) = answer["errors"]
        assert error["extensions"] == {"code": "BAD_INPUT", "argument": "id"}


async def test_node_finds_a_user_and_names_a_tweet_unseen(subgraph):
    viewer = await subgraph.sign_up()
    assert (await subgraph.data(NODE, id=id_of(viewer)))["node"]["__typename"] == "User"
    tweet = global_id(TWEET, uuid.uuid4())
    assert (await subgraph.data(NODE, id=tweet))["node"] == {"__typename": "Tweet", "id": tweet}
    assert await subgraph.data(NODE, id=global_id(USER, uuid.uuid4())) == {"node": None}


async def test_users_keep_their_order_with_null_for_the_unknown(subgraph, statements):
    people = [id_of(await subgraph.sign_up()) for _ in range(3)]
    asked = [people[2], global_id(USER, uuid.uuid4()), people[0], people[2], people[1]]
    async with statements() as counted:
        found = (await subgraph.data(USERS, ids=asked))["users"]
    assert [user and user["id"] for user in found] == [people[2], None, *asked[2:]]
    assert len(counted.sent) == 1, counted.sent


async def test_one_id_that_is_none_spoils_only_its_own_place(subgraph):
    person = id_of(await subgraph.sign_up())
    answer = await subgraph.ask(USERS, ids=[person, "nonsense", person])
    assert [user and user["id"] for user in answer["data"]["users"]] == [person, None, person]
    (error,) = answer["errors"]
    assert error["path"] == ["users", 1]
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": "ids"}


async def test_100_users_in_one_statement_and_no_more_than_that(subgraph, statements):
    ids = [global_id(USER, uuid.uuid4()) for _ in range(101)]
    async with statements() as counted:
        assert (await subgraph.data(USERS, ids=ids[:100]))["users"] == [None] * 100
    assert len(counted.sent) == 1
    answer = await subgraph.ask(USERS, ids=ids)
    assert answer["errors"][0]["extensions"] == {"code": "BAD_INPUT", "argument": "ids"}
    assert (await subgraph.data(USERS, ids=[]))["users"] == []


async def test_50_entities_by_either_key_take_one_statement_per_key(
    subgraph, resources, statements
):
    people = [await newcomer(resources) for _ in range(25)]
    by_id = [{"__typename": "User", "id": global_id(USER, key)} for key, _, _ in people]
    by_name = [{"__typename": "User", "username": name} for _, name, _ in people]
    async with statements() as counted:
        found = (await subgraph.data(ENTITIES, of=by_id + by_name))["_entities"]
    assert [user["username"] for user in found] == [name for _, name, _ in people] * 2
    assert len(counted.sent) == 2, counted.sent


async def test_50_entities_of_one_key_take_one_statement(subgraph, resources, statements):
    people = [await newcomer(resources) for _ in range(50)]
    of = [{"__typename": "User", "id": global_id(USER, key)} for key, _, _ in people]
    async with statements() as counted:
        found = (await subgraph.data(ENTITIES, of=of))["_entities"]
    assert [user["id"] for user in found] == [entity["id"] for entity in of]
    assert len(counted.sent) == 1, counted.sent


async def test_an_entity_that_is_none_spoils_only_its_own_place(subgraph):
    person = id_of(await subgraph.sign_up())
    of = [{"__typename": "User", **key} for key in ({"id": person}, {"id": "x"}, {})]
    of.append({"__typename": "User", "id": global_id(USER, uuid.uuid4())})
    answer = await subgraph.ask(ENTITIES, of=of)
    found = answer["data"]["_entities"]
    assert [user and user["id"] for user in found] == [person, None, None, None]
    assert [error["path"] for error in answer["errors"]] == [["_entities", 1], ["_entities", 2]]
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_INPUT"}


@pytest.mark.parametrize(
    "hostile",
    [
        {"__typename": "Nothing"},
        {"__typename": "Node", "id": "x"},
        {"__typename": "Query"},
        {"id": "x"},
        {"__typename": "User", "id": 5},
        {"__typename": "User", "id": None},
        {"__typename": "User", "id": ["x"]},
        {"__typename": "User", "info": "x"},
        {"__typename": "Session", "id": "x"},
    ],
    ids=str,
)
async def test_a_hostile_representation_tells_nothing_of_our_insides(subgraph, hostile):
    answer = await subgraph.ask(ENTITIES, of=[hostile])
    for error in answer["errors"]:
        assert error["extensions"]["code"] in ("BAD_INPUT", "INTERNAL")
        assert "python" not in str(error).lower()
        assert "Traceback" not in str(error)


async def test_the_viewer_is_made_of_the_claims_with_no_statement(subgraph, statements):
    viewer = await subgraph.sign_up()
    async with statements() as counted:
        found = await subgraph.data("{ viewer { id __typename emailVerified } }", viewer)
    assert found["viewer"] == {"id": id_of(viewer), "__typename": "Viewer", "emailVerified": False}
    assert counted.sent == []
    assert await subgraph.data("{ viewer { id } }") == {"viewer": None}


async def test_ones_own_profile_and_email_take_one_statement(subgraph, statements):
    name = unique("Eve")
    viewer = await subgraph.sign_up(name)
    async with statements() as counted:
        found = await subgraph.data("{ viewer { email user { username } } }", viewer)
    assert found["viewer"] == {"email": f"{name}@example.org", "user": {"username": name}}
    assert len(counted.sent) == 1


async def test_the_viewer_entity_is_oneself_and_nobody_else(subgraph):
    alice, bob = await subgraph.sign_up(), await subgraph.sign_up()
    of = [{"__typename": "Viewer", "id": id_of(who)} for who in (alice, bob)]
    answer = await subgraph.ask(ENTITIES, alice, of=of)
    mine, theirs = answer["data"]["_entities"]
    assert mine["email"].endswith("@example.org")
    assert theirs is None
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["_entities", 1], "FORBIDDEN")
    nobody = await subgraph.ask(ENTITIES, None, of=of)
    assert nobody["data"]["_entities"] == [None, None]


async def test_claims_of_an_account_that_is_no_more_show_no_profile(subgraph):
    ghost = Viewer(str(uuid.uuid4()), str(uuid.uuid4()), frozenset(), 2**31)
    assert (await subgraph.data("{ viewer { user { id } sessions { id } } }", ghost)) == {
        "viewer": {"user": None, "sessions": []}
    }
    answer = await subgraph.ask("{ viewer { email } }", ghost)
    assert answer["data"] == {"viewer": {"email": None}}
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_nothing_is_answered_without_the_routers_signature(subgraph: Subgraph):
    for query in ("{ __typename }", "{ _service { sdl } }", ENTITIES):
        forged = {"x-mt-signature": "t=1,v1=00"}
        response = await subgraph.send(query, {"of": []}, headers=forged)
        assert response.status_code == 401
