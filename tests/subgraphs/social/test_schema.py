"""What clients of the router get: one signed request after the other through the served app."""

from __future__ import annotations

import itertools
import json
from typing import Any
from uuid import UUID

import pytest

from chassis.envelope import Envelope, WriteToken, read_token, uuid7
from chassis.neo4j import Graph
from stack.ports import free_port
from subgraphs.social.app import create_app
from subgraphs.social.settings import SocialSettings
from tests.subgraphs.social.asking import Asker, Users, lifespan, user_id

pytestmark = pytest.mark.timeout(240)

EDGES = "edges { cursor followedAt node { id } } pageInfo { hasNextPage hasPreviousPage endCursor }"


async def test_follow_and_unfollow_are_set_operations(asker: Asker, users: Users):
    ann, bob = users.sign_up(2)
    first = await asker.follow(ann, bob)
    assert first["user"] == {"id": user_id(bob), "followerCount": 1}
    assert first["relationship"]["following"]
    assert read_token(first["token"]) == WriteToken("social", str(ann), 1)
    assert await asker.follow(ann, bob) == first
    gone = await asker.change("unfollow", ann, user_id(bob))
    assert gone["user"]["followerCount"] == 0
    assert gone["relationship"] == {"following": False, "followedBy": False, "followingSince": None}
    assert read_token(gone["token"]).version == 2
    never = await asker.change("unfollow", bob, user_id(ann))
    assert read_token(never["token"]).source != "social"
    # Both were asked of users once, before either had a node.
    assert sorted(users.asked[0]) == sorted([str(ann), str(bob)])
    assert len(users.asked) == 1


@pytest.mark.parametrize("action", ["follow", "unfollow"])
async def test_bad_targets_are_typed_answers(asker: Asker, users: Users, action: str):
    [ann] = users.sign_up(1)
    own = await asker.change(action, ann, user_id(ann))
    assert own["__typename"] == "InvalidInput"
    assert (own["code"], own["field"]) == ("BAD_INPUT", ["userId"])
    for broken in ("", "U_x", "T_AaIL1DLucg-ONXwbTRJATg", str(ann)):
        found = await asker.change(action, ann, broken)
        assert (found["__typename"], found["field"]) == ("InvalidInput", ["userId"])
    missing = await asker.change(action, ann, user_id(uuid7()))
    assert (missing["__typename"], missing["code"]) == ("UserNotFound", "NOT_FOUND")


async def test_without_users_an_unknown_target_is_unavailable_and_a_known_one_is_not(
    asker: Asker, settings: SocialSettings, users: Users
):
    ann, bob = users.sign_up(2)
    await asker.follow(ann, bob)
    away = settings.model_copy(update={"nats_url": f"nats://x:y@127.0.0.1:{free_port()}"})
    app = create_app(away, consume=False)
    async with lifespan(app):
        alone = Asker.of(app)
        query = f'mutation {{ follow(userId: "{user_id(uuid7())}") {{ __typename }} }}'
        answer = await alone.ask(query, ann)
        assert answer["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
        assert (await alone.follow(bob, ann))["relationship"]["followedBy"]


async def test_nobody_changes_nothing(asker: Asker):
    answer = await asker.ask('mutation { follow(userId: "x") { __typename } }')
    assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def walk(asker: Asker, user: UUID, listing: str, viewer: UUID, first: int) -> list[str]:
    found: list[str] = []
    after = ""
    while True:
        page = (await asker.user(user, f"{listing}(first: {first}{after}) {{ {EDGES} }}", viewer))[
            listing
        ]
        assert page["pageInfo"]["hasPreviousPage"] is bool(after)
        found += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = f', after: "{page["pageInfo"]["endCursor"]}"'


async def test_seed_anybodys_lists_are_paged_and_keep_their_order(asker: Asker, users: Users):
    ann, *others = users.sign_up(8)
    for one in others:
        await asker.follow(one, ann)
    for one in others[2:]:
        await asker.follow(ann, one)
    stranger = uuid7()
    for first in (1, 3, 7, 100):
        followers = await walk(asker, ann, "followers", stranger, first)
        assert set(followers) == {user_id(one) for one in others}
        assert len(followers) == len(others)
    times = (await asker.user(ann, f"followers {{ {EDGES} }}"))["followers"]["edges"]
    at = [edge["followedAt"] for edge in times]
    assert at == sorted(at, reverse=True)
    assert len(await walk(asker, ann, "mutuals", stranger, 2)) == 5
    known = await asker.user(others[3], f"knownFollowers {{ {EDGES} }}", others[0])
    assert [edge["node"]["id"] for edge in known["knownFollowers"]["edges"]] == [user_id(ann)]


async def test_cursors_of_another_list_and_sizes_out_of_bounds_are_refused(
    asker: Asker, users: Users
):
    ann, bob = users.sign_up(2)
    await asker.follow(ann, bob)
    await asker.follow(bob, ann)
    page = await asker.user(ann, f"followers {{ {EDGES} }}")
    cursor = page["followers"]["edges"][0]["cursor"]
    fields = [
        (bob, f'followers(after: "{cursor}") {{ {EDGES} }}', "after"),
        (ann, f'following(after: "{cursor}") {{ {EDGES} }}', "after"),
        (ann, f'followers(after: "x{cursor}") {{ {EDGES} }}', "after"),
        (ann, f"followers(first: 0) {{ {EDGES} }}", "first"),
        (ann, f"followers(first: 101) {{ {EDGES} }}", "first"),
        (ann, "pathFromViewer(maxHops: 7) { hops }", "maxHops"),
        (ann, "pathFromViewer(maxHops: 0) { hops }", "maxHops"),
    ]
    for owner, field, argument in fields:
        answer = await asker.users([owner], field, ann)
        extensions = answer["errors"][0]["extensions"]
        assert extensions == {"code": "BAD_INPUT", "argument": argument}


async def test_relationship_is_null_for_nobody_and_false_for_oneself(asker: Asker, users: Users):
    ann, bob = users.sign_up(2)
    await asker.follow(ann, bob)
    fields = "relationship { following followedBy followingSince }"
    assert (await asker.user(bob, fields))["relationship"] is None
    assert not any((await asker.user(ann, fields, ann))["relationship"].values())
    assert (await asker.user(bob, fields, ann))["relationship"]["following"]
    assert (await asker.user(ann, fields, bob))["relationship"]["followedBy"]


async def test_paths_are_shortest_and_null_where_there_is_none(asker: Asker, users: Users):
    chain = users.sign_up(8)
    for one, next_one in itertools.pairwise(chain):
        await asker.follow(one, next_one)
    field = "pathFromViewer(maxHops: 6) { hops users { id } }"
    found = (await asker.user(chain[6], field, chain[0]))["pathFromViewer"]
    assert found["hops"] == 6
    assert [user["id"] for user in found["users"]] == [user_id(one) for one in chain[:7]]
    for owner, viewer in ((chain[7], chain[0]), (chain[0], chain[7]), (uuid7(), chain[0])):
        assert (await asker.user(owner, field, viewer))["pathFromViewer"] is None
    await asker.follow(chain[2], chain[5])
    assert (await asker.user(chain[6], field, chain[0]))["pathFromViewer"]["hops"] == 4
    assert (await asker.user(chain[0], field, chain[0]))["pathFromViewer"]["hops"] == 0


@pytest.mark.parametrize("hops", [3, 4])
async def test_a_path_is_found_within_its_bound_and_not_beyond(
    asker: Asker, users: Users, hops: int
):
    chain = users.sign_up(hops + 1)
    for one, next_one in itertools.pairwise(chain):
        await asker.follow(one, next_one)
    field = "pathFromViewer(maxHops: %d) { hops users { id } }"
    found = (await asker.user(chain[-1], field % hops, chain[0]))["pathFromViewer"]
    assert found == {"hops": hops, "users": [{"id": user_id(one)} for one in chain]}
    short = await asker.user(chain[-1], field % (hops - 1), chain[0])
    assert short["pathFromViewer"] is None


async def test_whom_the_graph_does_not_know_has_no_edges_and_no_error(asker: Asker, users: Users):
    [ann] = users.sign_up(1)
    lists = "".join(
        f"{name} {{ edges {{ node {{ id }} }} pageInfo {{ hasNextPage }} }}"
        for name in ("followers", "following", "mutuals", "knownFollowers")
    )
    fields = f"followerCount followingCount {lists} relationship {{ following followedBy }}"
    found = await asker.user(uuid7(), fields + " pathFromViewer { hops }", ann)
    empty = {"edges": [], "pageInfo": {"hasNextPage": False}}
    assert found == {
        "followerCount": 0,
        "followingCount": 0,
        "followers": empty,
        "following": empty,
        "mutuals": empty,
        "knownFollowers": empty,
        "relationship": {"following": False, "followedBy": False},
        "pathFromViewer": None,
    }


async def test_a_follow_of_somebody_who_is_gone_from_users_stays_and_can_be_ended(
    asker: Asker, users: Users
):
    ann, bob = users.sign_up(2)
    await asker.follow(ann, bob)
    users.known.remove(bob)
    listed = await asker.user(ann, "following { edges { node { id } } }")
    # The router asks users for the rest of this node, and shows null where they know nobody.
    assert listed["following"]["edges"] == [{"node": {"id": user_id(bob)}}]
    gone = await asker.change("unfollow", ann, user_id(bob))
    assert not gone["relationship"]["following"]
    assert (await asker.user(ann, "followingCount"))["followingCount"] == 0


async def suggested(asker: Asker, viewer: UUID, first: int = 2) -> list[Any]:
    query = """query ($first: Int, $after: String) { viewer { suggestions(
        first: $first, after: $after) { edges { node { user { id } score reasons { __typename
        ... on FollowedBy { total users { id } } } } } pageInfo { hasNextPage endCursor } } } }"""
    found: list[Any] = []
    after: str | None = None
    while True:
        data = await asker.data(query, viewer, first=first, after=after)
        page = data["viewer"]["suggestions"]
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def test_seed_suggestions_are_distinct_and_never_oneself_or_who_is_followed(
    asker: Asker, users: Users
):
    me, one, two, wanted, also, fan = users.sign_up(6)
    for actor, target in (
        (me, one),
        (me, two),
        (one, two),
        (one, me),
        (one, wanted),
        (two, wanted),
        (two, also),
        (fan, me),
    ):
        await asker.follow(actor, target)
    found = await suggested(asker, me)
    ids = [node["user"]["id"] for node in found]
    assert sorted(ids) == sorted(map(user_id, (wanted, also, fan)))
    reasons = {node["user"]["id"]: node["reasons"] for node in found}
    assert reasons[user_id(wanted)][0]["total"] == 2
    assert reasons[user_id(fan)] == [{"__typename": "FollowsYou"}]
    assert ids.index(user_id(wanted)) < ids.index(user_id(also))


async def test_seed_whoever_follows_nobody_is_told_who_is_popular_and_who_is_new(
    asker: Asker, users: Users, settings: SocialSettings
):
    new, star, fan = users.sign_up(3)
    await asker.follow(fan, star)
    [popular] = await suggested(asker, new)
    assert popular["user"]["id"] == user_id(star)
    assert [reason["__typename"] for reason in popular["reasons"]] == ["Popular"]


async def search(asker: Asker, prefix: str, viewer: UUID | None = None) -> Any:
    query = """query ($prefix: String!) { searchUsers(prefix: $prefix) {
        edges { node { id } hops rank } } }"""
    return await asker.ask(query, viewer, prefix=prefix)


async def test_a_search_takes_its_prefix_as_letters_only(asker: Asker, users: Users):
    ann, bob = users.sign_up(2)
    await asker.follow(ann, bob)
    assert len((await search(asker, "SOME", ann))["data"]["searchUsers"]["edges"]) == 2
    for letters in ("%", "some'", "some.*", "so$x", "' OR 1=1 //"):
        answer = await search(asker, letters)
        found = answer["data"]["searchUsers"]
        assert found is None or found["edges"] == []
    for refused in ("", "  ", "@", "\u0301", "x" * 65):
        answer = await search(asker, refused)
        assert answer["data"] == {"searchUsers": None}
        assert answer["errors"][0]["extensions"] == {"code": "BAD_INPUT", "argument": "prefix"}


async def test_seed_search_is_ranked_by_distance_and_its_pages_hold_while_the_graph_changes(
    asker: Asker, users: Users
):
    me, *others = users.sign_up(9)
    near, over, popular = others[3], others[5], others[1]
    for actor, target in ((me, near), (near, over), (others[0], popular), (others[2], popular)):
        await asker.follow(actor, target)
    for one in others:
        await asker.follow(one, me)
    query = """query ($after: String) { searchUsers(prefix: "u_", first: 2, after: $after) {
        edges { node { id } hops rank } pageInfo { hasNextPage endCursor } } }"""
    whole = await asker.data(query.replace("first: 2", "first: 9"), me)
    nearest = [(edge["node"]["id"], edge["hops"]) for edge in whole["searchUsers"]["edges"][:4]]
    ranked = ((me, 0), (near, 1), (over, 2), (popular, None))
    assert nearest == [(user_id(one), hops) for one, hops in ranked]
    found: list[Any] = []
    after: str | None = None
    while True:
        page = (await asker.data(query, me, after=after))["searchUsers"]
        found += page["edges"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        # Nobody below moves for those who come nearer, or have more followers, while one reads.
        await asker.follow(me, over)
        await asker.follow(near, popular)
    ids = [edge["node"]["id"] for edge in found]
    assert ids[:2] == [user_id(me), user_id(near)]
    assert len(ids) == len(set(ids))
    risen = {user_id(over), user_id(popular)}
    assert set(ids) | risen == {user_id(one) for one in (me, *others)}
    ranks = [edge["rank"] for edge in found]
    assert ranks == sorted(ranks, reverse=True)
    answer = await asker.ask(query.replace("u_", "some"), me, after=after)
    assert answer["errors"][0]["extensions"] == {"code": "BAD_INPUT", "argument": "after"}


async def test_many_users_counts_are_one_query(asker: Asker, users: Users, monkeypatch: Any):
    ann, *others = users.sign_up(6)
    for one in others:
        await asker.follow(ann, one)
    asked: list[str] = []
    read = Graph.read

    async def counted(self: Graph, query: Any, parameters: Any = None) -> Any:
        asked.append(query)
        return await read(self, query, parameters)

    monkeypatch.setattr(Graph, "read", counted)
    fields = f"followerCount followingCount followers {{ {EDGES} }} relationship {{ following }}"
    answer = await asker.users(others, fields, ann)
    assert "errors" not in answer, json.dumps(answer)
    assert len(asked) == 3


async def test_a_graph_that_is_away_is_unavailable(settings: SocialSettings, users: Users):
    away = settings.model_copy(update={"neo4j_url": f"bolt://x:y@127.0.0.1:{free_port()}"})
    app = create_app(away, consume=False)
    async with lifespan(app):
        alone = Asker.of(app)
        assert (await alone.http.get("/ready")).status_code == 503
        assert (await alone.http.get("/health")).status_code == 200
        answer = await alone.users([uuid7()], "followerCount")
    assert answer["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}


async def test_a_follow_s_trace_goes_on_in_its_event(asker: Asker, users: Users, graph: Graph):
    ann, bob = users.sign_up(2)
    trace = "0123456789abcdef0123456789abcdef"
    asker.headers = {"traceparent": f"00-{trace}-fedcba9876543210-01"}
    await asker.follow(ann, bob)
    [row] = await graph.read("MATCH (o:Outbox) RETURN o.body AS body")
    sent = Envelope.from_bytes(row["body"]).traceparent
    assert sent is not None
    assert sent.split("-")[1] == trace
