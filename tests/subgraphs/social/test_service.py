"""What is done between people, on a real graph; users answer in this process."""

from __future__ import annotations

import asyncio
from random import Random
from uuid import UUID

import pytest

from chassis.envelope import Envelope, uuid7
from chassis.neo4j import Graph
from subgraphs.social.events import ASK_CARDS
from subgraphs.social.model.errors import SelfFollow, UserMissing
from subgraphs.social.model.values import Listing, Names, Profile, Window
from subgraphs.social.service import reading, searching
from subgraphs.social.service.following import Follows
from subgraphs.social.service.people import People
from tests.subgraphs.social.asking import Users

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def users() -> Users:
    return Users()


@pytest.fixture
def follows(graph: Graph, users: Users) -> Follows:
    return Follows(graph, keeper(graph, users), lambda: None)


def keeper(graph: Graph, users: Users) -> People:
    async def request(subject: str, question: bytes) -> bytes:
        assert subject == ASK_CARDS
        return await users.answer(question)

    return People(graph, request)


async def recorded(graph: Graph) -> list[Envelope]:
    rows = await graph.read("MATCH (o:Outbox) RETURN o.body AS body")
    found = [Envelope.from_bytes(row["body"]) for row in rows]
    return sorted(found, key=lambda event: (event.subject, event.aggversion))


async def listed(
    graph: Graph, listing: Listing, owner: UUID, viewer: UUID | None = None
) -> list[UUID]:
    found: list[UUID] = []
    part = Window(2)
    while True:
        page = (await reading.pages(graph, listing, [owner], part, viewer))[owner]
        found += [one.item.user_id for one in page.items]
        if not page.has_next:
            return found
        part = Window(2, page.items[-1].position)


async def test_following_again_changes_nothing_and_versions_grow_across_unfollow(
    graph: Graph, users: Users, follows: Follows
):
    ann, bob = users.sign_up(2)
    first = await follows.follow(ann, bob)
    again = await follows.follow(ann, bob)
    gone = await follows.unfollow(ann, bob)
    never = await follows.unfollow(ann, bob)
    anew = await follows.follow(ann, bob)
    assert [one.changed for one in (first, again, gone, never, anew)] == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert [one.version for one in (first, again, gone, never, anew)] == [1, 1, 2, 2, 3]
    assert again.relationship == first.relationship
    assert not gone.relationship.following
    assert [event.type.rpartition(".")[2] for event in await recorded(graph)] == [
        "added",
        "removed",
        "added",
    ]


async def test_seed_pairs_are_joined_and_a_second_day_adds_no_edge(
    graph: Graph, users: Users, follows: Follows
):
    ann, bob, cy = users.sign_up(3)
    for actor, target in ((ann, bob), (bob, cy), (ann, bob)):
        await follows.follow(actor, target)
    [found] = await graph.read(
        "MATCH (u:User) OPTIONAL MATCH (u)-[f]->()"
        " RETURN count(DISTINCT u) AS nodes, count(f) AS edges"
    )
    assert found == {"nodes": 3, "edges": 2}


async def test_seed_nobody_follows_themselves_or_nobody(
    users: Users, follows: Follows, graph: Graph
):
    [ann] = users.sign_up(1)
    with pytest.raises(SelfFollow):
        await follows.follow(ann, ann)
    with pytest.raises(UserMissing):
        await follows.follow(ann, uuid7())
    assert await graph.read("MATCH (u:User) RETURN u") == []


async def test_at_once_versions_have_no_gaps_and_people_who_follow_each_other_do_not_wait(
    graph: Graph, users: Users, follows: Follows
):
    ann, bob = users.sign_up(2)
    await follows.follow(ann, bob)
    steps = [follows.follow, follows.unfollow] * 13
    pairs = [(ann, bob), (bob, ann)]
    await asyncio.gather(*(step(*pair) for step in steps for pair in pairs))
    events = await recorded(graph)
    for actor in (ann, bob):
        versions = [event.aggversion for event in events if event.subject == str(actor)]
        assert versions == list(range(1, len(versions) + 1))
        kinds = [event.type.rpartition(".")[2] for event in events if event.subject == str(actor)]
        assert kinds == (["added", "removed"] * len(kinds))[: len(kinds)]


async def test_lists_paths_and_relationships(graph: Graph, users: Users, follows: Follows):
    everybody = users.sign_up(7)
    ann, *others = everybody
    for one in others[:5]:
        await follows.follow(one, ann)
    for one in others[2:]:
        await follows.follow(ann, one)
    assert set(await listed(graph, Listing.FOLLOWERS, ann)) == set(others[:5])
    assert set(await listed(graph, Listing.FOLLOWING, ann)) == set(others[2:])
    assert set(await listed(graph, Listing.MUTUALS, ann)) == set(others[2:5])
    assert set(await listed(graph, Listing.KNOWN_FOLLOWERS, ann, others[0])) == set()
    assert (await reading.counts(graph, [ann]))[ann] == (5, 4)
    standing = await reading.relationships(graph, ann, everybody)
    assert not standing[others[0]].following
    assert standing[others[0]].followed_by
    found = await reading.shortest_paths(graph, others[0], [others[5], others[1], others[0]], 3)
    assert found == {others[5]: [others[0], ann, others[5]], others[0]: [others[0]]}


async def test_lists_are_the_sets_that_a_plain_model_has_whatever_the_page_size(
    graph: Graph, users: Users, follows: Follows
):
    everybody = users.sign_up(6)
    chance = Random(7)  # noqa: S311 -- the same in each run
    model: set[tuple[UUID, UUID]] = set()
    for _ in range(120):
        actor, target = chance.sample(everybody, 2)
        if chance.random() < 0.65:
            changed = (await follows.follow(actor, target)).changed
            assert changed is ((actor, target) not in model)
            model.add((actor, target))
        else:
            changed = (await follows.unfollow(actor, target)).changed
            assert changed is ((actor, target) in model)
            model.discard((actor, target))
    counts = await reading.counts(graph, everybody)
    for one in everybody:
        followers = {a for a, b in model if b == one}
        following = {b for a, b in model if a == one}
        wanted = {
            Listing.FOLLOWERS: followers,
            Listing.FOLLOWING: following,
            Listing.MUTUALS: followers & following,
            Listing.KNOWN_FOLLOWERS: {x for x in followers if (everybody[0], x) in model},
        }
        assert counts[one] == (len(followers), len(following))
        for listing, people in wanted.items():
            found = await listed(graph, listing, one, everybody[0])
            assert len(found) == len(people)
            assert set(found) == people


async def test_search_goes_by_nearness_and_leaves_out_who_wants_it(
    graph: Graph, users: Users, follows: Follows
):
    me, near, far, other, hidden = users.sign_up(5)
    people = keeper(graph, users)
    for place, one in enumerate((near, far, other, hidden)):
        profile = Profile(Names(one, f"zoe{place}", "Z\u00f6e", 1), False, one != hidden, 1)
        await people.changed("c", str(uuid7()), profile)
    await follows.follow(me, near)
    await follows.follow(near, far)
    page = await searching.search(graph, "Zo", me, Window(10))
    assert [(one.item.user_id, one.item.hops) for one in page.items] == [
        (near, 1),
        (far, 2),
        (other, None),
    ]
