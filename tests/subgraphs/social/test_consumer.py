"""Events in, over a real bus: the graph knows of people what it must, once and in any order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from chassis.bus import Bus, BusUnavailable
from chassis.envelope import Envelope, uuid7
from chassis.neo4j import Graph
from stack.nats import Nats
from subgraphs.social.app import create_app
from subgraphs.social.consumer import PeopleConsumer
from subgraphs.social.events import EventMalformed
from subgraphs.social.model.errors import UsersUnavailable
from subgraphs.social.service.people import People
from subgraphs.social.settings import SocialSettings
from tests.subgraphs.social.asking import Asker, Users, lifespan, user_id
from tests.subgraphs.social.waiting import until

pytestmark = pytest.mark.timeout(240)


def updated(user: UUID, name: str, version: int, **other: Any) -> Envelope:
    data = {
        "userId": str(user),
        "username": name,
        "displayName": name.title(),
        "protected": False,
        "searchable": True,
    }
    return Envelope.new(
        "users.profile.updated",
        source="users",
        subject=str(user),
        aggversion=version,
        data=data | other,
    )


def created(user: UUID) -> Envelope:
    data = {"userId": str(user)}
    return Envelope.new(
        "users.account.created", source="users", subject=str(user), aggversion=1, data=data
    )


def posted(author: UUID, at_ms: int) -> Envelope:
    tweet = str(uuid7())
    data = {
        "tweetId": tweet,
        "authorId": str(author),
        "replyTo": None,
        "rootId": tweet,
        "createdMs": at_ms,
    }
    return Envelope.new(
        "tweets.tweet.posted", source="tweets", subject=tweet, aggversion=1, data=data
    )


async def node(graph: Graph, user: UUID) -> dict[str, Any] | None:
    found = await graph.read("MATCH (u:User {id: $id}) RETURN u {.*} AS u", {"id": str(user)})
    return found[0]["u"] if found else None


async def no_request(_subject: str, _question: bytes) -> bytes:
    return b"{}"


async def nobody_answers(_subject: str, _question: bytes) -> bytes:
    raise BusUnavailable


async def test_events_make_and_rename_people_and_date_their_posts(
    graph: Graph, settings: SocialSettings, users_bus: Bus, users: Users, nats_server: Nats
):
    ann, bob = users.sign_up(2)
    tweets_bus = await Bus.connect(nats_server.url_for("tweets"), "tweets")
    async with lifespan(create_app(settings)):
        await users_bus.publish(created(ann))
        await users_bus.publish(updated(bob, "b\u00f3b", 2, searchable=False))
        await tweets_bus.publish(posted(bob, 1_000))

        async def all_known() -> bool:
            first, second = await node(graph, ann), await node(graph, bob)
            return bool(first and second and "username" in second and "lastPostMs" in second)

        await until(all_known)
    await tweets_bus.close()
    first, second = await node(graph, ann), await node(graph, bob)
    assert first is not None
    assert second is not None
    assert first["displayName"] == "Somebody"
    assert first["createdMs"] > 0
    assert (second["usernameKey"], second["searchable"], second["lastPostMs"]) == (
        "bob",
        False,
        1_000,
    )


async def test_an_event_counts_once_and_an_older_one_not_at_all(graph: Graph):
    ann = uuid7()
    consumer = PeopleConsumer(People(graph, no_request))
    second, first = updated(ann, "new", 3), updated(ann, "old", 2)
    late, early = posted(ann, 9), posted(ann, 8)
    for event in (second, second, first, second, late, early, late):
        await consumer.handle(event)
    found = await node(graph, ann)
    assert found is not None
    assert (found["username"], found["version"], found["lastPostMs"]) == ("new", 3, 9)
    [handled] = await graph.read("MATCH (i:Inbox) RETURN count(i) AS count")
    assert handled["count"] == 4


@pytest.mark.parametrize(
    "other", [{"username": None}, {"userId": "nobody"}, {"displayName": 7}, {"searchable": "no"}]
)
async def test_an_event_without_its_fields_is_refused_and_leaves_nothing(
    graph: Graph, other: dict[str, Any]
):
    ann = uuid7()
    consumer = PeopleConsumer(People(graph, no_request))
    with pytest.raises(EventMalformed):
        await consumer.handle(updated(ann, "ann", 2, **other))
    assert await node(graph, ann) is None


async def test_an_account_whose_names_cannot_be_asked_comes_again(graph: Graph):
    ann = uuid7()
    with pytest.raises(UsersUnavailable):
        await PeopleConsumer(People(graph, nobody_answers)).handle(created(ann))
    assert await graph.read("MATCH (i:Inbox) RETURN i") == []


async def test_an_answer_that_is_malformed_is_a_fault_for_events_and_an_absence_for_people(
    graph: Graph,
):
    people = People(graph, no_request)
    # Were it an absence, the event would come again for ever and hold up all others.
    with pytest.raises(EventMalformed):
        await PeopleConsumer(people).handle(created(uuid7()))
    with pytest.raises(UsersUnavailable):
        await people.ensure(uuid7(), uuid7())
    assert await graph.read("MATCH (n) WHERE n:Inbox OR n:User RETURN n") == []


async def test_two_replicas_send_each_change_once_and_in_order(
    graph: Graph, settings: SocialSettings, users: Users, nats_server: Nats
):
    ann, bob = users.sign_up(2)
    heard: list[Envelope] = []

    async def hear(event: Envelope) -> None:
        if event.subject in (str(ann), str(bob)):
            heard.append(event)

    listener = await Bus.connect(nats_server.url, "admin")
    await listener.consume("test_" + uuid7().hex, ["mt.v1.social.>"], hear)
    one, two = create_app(settings), create_app(settings)
    async with lifespan(one), lifespan(two):
        askers = [Asker.of(one), Asker.of(two)]
        for turn in range(6):
            await askers[turn % 2].follow(ann, bob)
            await askers[turn % 2].follow(bob, ann)
            await askers[1 - turn % 2].change("unfollow", ann, user_id(bob))

        async def all_heard() -> bool:
            return len(heard) >= 13

        await until(all_heard)
    await listener.close()
    versions = [event.aggversion for event in heard if event.subject == str(ann)]
    assert versions == list(range(1, 13))
    assert [event.aggversion for event in heard if event.subject == str(bob)] == [1]
    for event in heard:
        assert event.data["edgeVersion"] == event.aggversion
