"""Pages: whole, full, in order, and where they were when others came in between."""

from __future__ import annotations

import pytest

from chassis.envelope import uuid7
from tests.subgraphs.timeline.serving import Service
from tests.subgraphs.timeline.truth import World


@pytest.fixture
def world() -> World:
    return World()


async def test_home_shows_own_tweets_and_those_of_people_followed(service: Service, world: World):
    me, friend, stranger = uuid7(), uuid7(), uuid7()
    await service.take(world.follow(me, friend))
    await service.ready(me)
    mine, event = world.post(me)
    theirs, other = world.post(friend)
    _, nobodys = world.post(stranger)
    await service.take(event, other, nobodys)
    assert await service.whole(me) == [theirs.id, mine.id] == world.home(me)
