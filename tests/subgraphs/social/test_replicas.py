"""Two replicas as processes, of which the one that relays is killed in the middle of it all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.bus import Bus
from chassis.envelope import Envelope, uuid7
from chassis.neo4j import Graph
from stack.nats import Nats
from subgraphs.social.settings import SocialSettings
from tests.subgraphs.social.asking import Users
from tests.subgraphs.social.process import SECONDS, SocialProcess
from tests.subgraphs.social.test_consumer import created, posted, updated
from tests.subgraphs.social.waiting import until

pytestmark = pytest.mark.timeout(240)

PEOPLE = 12
# Of them, so many follow all others: the first two by one replica, the rest by the other.
ACTORS = 4
FOLLOWS = ACTORS * (PEOPLE - 1)
LAST_POST = 9_000


@pytest.fixture
async def pair(settings: SocialSettings, tmp_path: Path) -> AsyncIterator[list[SocialProcess]]:
    pair = [SocialProcess(settings, tmp_path / f"log-{number}") for number in (1, 2)]
    await asyncio.gather(*(one.start() for one in pair))
    yield pair
    for one in pair:
        await one.kill()


@pytest.fixture
async def tweets_bus(nats_server: Nats) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_server.url_for("tweets"), "tweets")
    yield bus
    await bus.close()


@pytest.fixture
async def heard(nats_server: Nats) -> AsyncIterator[list[Envelope]]:
    """What others hear of follows."""
    heard: list[Envelope] = []

    async def hear(event: Envelope) -> None:
        heard.append(event)

    bus = await Bus.connect(nats_server.url, "admin")
    await bus.consume("test_" + uuid7().hex, ["mt.v1.social.>"], hear)
    yield heard
    await bus.close()


def told(people: list[UUID]) -> tuple[list[Envelope], list[Envelope]]:
    """Users' and tweets' events of people, older ones after newer ones."""
    of_users = [created(one) for one in people]
    of_users += [updated(one, "new", 3) for one in people]
    of_users += [updated(one, "old", 2) for one in people]
    return of_users, [posted(one, at) for at in (LAST_POST, 1_000) for one in people]


async def publish(bus: Bus, events: list[Envelope]) -> None:
    await asyncio.gather(*(bus.publish(event) for event in events))


async def rows(graph: Graph, query: Any) -> Any:
    return await graph.read(query)


async def test_a_killed_replica_loses_nothing_and_nothing_is_done_twice(
    pair: list[SocialProcess],
    graph: Graph,
    users: Users,
    users_bus: Bus,
    tweets_bus: Bus,
    heard: list[Envelope],
):
    people = users.sign_up(PEOPLE)
    of_users, of_tweets = told(people)
    doomed, heir = pair
    await publish(users_bus, of_users)
    done: list[UUID] = []

    async def follow_all(by: SocialProcess, actor: UUID) -> None:
        for other in people:
            if other != actor:
                await until(partial(by.asker.follows, actor, other), SECONDS)
                done.append(other)

    async def begun_by_the_heir() -> bool:
        return len(done) > 2 * (PEOPLE - 1)

    await asyncio.gather(*(follow_all(doomed, actor) for actor in people[:2]))
    late = [asyncio.create_task(follow_all(heir, actor)) for actor in people[2:ACTORS]]
    await publish(tweets_bus, of_tweets)
    await until(begun_by_the_heir, SECONDS)
    await doomed.kill()
    await asyncio.gather(*late)

    async def all_handled() -> bool:
        [found] = await rows(graph, "MATCH (i:Inbox) RETURN count(i) AS n")
        return found["n"] == len(of_users) + len(of_tweets)

    await until(all_handled, SECONDS)
    for row in await rows(graph, "MATCH (u:User) RETURN u {.*} AS u"):
        known = row["u"]
        assert (known["username"], known["version"]) == ("new", 3)
        assert known["lastPostMs"] == LAST_POST
        assert known["createdMs"] > LAST_POST

    ours = {str(one) for one in people}

    async def all_heard() -> bool:
        return len([event for event in heard if event.subject in ours]) >= FOLLOWS

    await until(all_heard, SECONDS)
    added = [event for event in heard if event.subject in ours]
    edges = await rows(
        graph,
        "MATCH (a:User)-[f:FOLLOWS]->(b:User) RETURN a.id AS a, b.id AS b, f.version AS version",
    )
    assert len(edges) == FOLLOWS
    assert sorted((event.subject, event.data["targetId"], event.aggversion) for event in added) == (
        sorted((edge["a"], edge["b"], edge["version"]) for edge in edges)
    )
    for actor in people[:ACTORS]:
        versions = [event.aggversion for event in added if event.subject == str(actor)]
        assert versions == list(range(1, PEOPLE))
