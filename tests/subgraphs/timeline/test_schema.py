"""What is asked, as the router asks it: pages both ways, errors that name the argument, frames."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from chassis.bus import Bus
from chassis.envelope import uuid7, write_token
from chassis.server import ServiceApp
from stack.nats import Nats
from subgraphs.timeline.app import create_app
from subgraphs.timeline.model.ids import TWEET, USER, global_id
from subgraphs.timeline.service import bells
from subgraphs.timeline.settings import TimelineSettings
from tests.subgraphs.timeline.asking import HOME, Asker, asking, served, until, updates
from tests.subgraphs.timeline.serving import Service
from tests.subgraphs.timeline.truth import World


@pytest.fixture
async def asker(settings: TimelineSettings, nats_bus: Bus) -> AsyncIterator[Asker]:
    """The served app, with its consumers: without them it would say that it is behind."""
    async with asking(create_app(settings)) as asker:
        # The first of these find the stream or make it.
        me = uuid7()

        async def ready() -> bool:
            return (await asker.home(me))["state"] == "READY"

        await until(ready)
        yield asker


@pytest.fixture
async def nats_bus(nats_server: Nats) -> AsyncIterator[Bus]:
    bus = await Bus.connect(nats_server.url, "admin")
    await bus.ensure_streams()
    yield bus
    await bus.close()


def shown(home: Any) -> list[str]:
    return [edge["node"]["tweet"]["id"] for edge in home["edges"]]


def ids(tweets: list[UUID]) -> list[str]:
    return [global_id(TWEET, tweet) for tweet in tweets]


async def test_pages_go_down_and_up(asker: Asker, service: Service, world: World):
    me = uuid7()
    await service.take(*(world.post(me)[1] for _ in range(9)))
    expected = ids(world.home(me))
    top = await asker.home(me, first=4)
    assert shown(top) == expected[:4]
    assert top["state"] == "READY"
    assert top["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": top["edges"][0]["cursor"],
        "endCursor": top["edges"][3]["cursor"],
    }
    middle = await asker.home(me, first=4, after=top["pageInfo"]["endCursor"])
    assert shown(middle) == expected[4:8]
    assert middle["pageInfo"]["hasPreviousPage"]
    end = await asker.home(me, first=4, after=middle["pageInfo"]["endCursor"])
    assert shown(end) == expected[8:]
    assert not end["pageInfo"]["hasNextPage"]
    up = await asker.home(me, last=4, before=end["pageInfo"]["startCursor"])
    assert shown(up) == expected[4:8]
    assert up["pageInfo"]["hasNextPage"]
    assert up["pageInfo"]["hasPreviousPage"]
    assert shown(await asker.home(me, last=2)) == expected[7:]


async def test_an_empty_timeline_is_whole(asker: Asker):
    home = await asker.home(uuid7())
    assert home["edges"] == []
    assert home["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


BAD = [
    ({"first": 0}, "first"),
    ({"first": 101}, "first"),
    ({"first": -1}, "first"),
    ({"last": 0}, "last"),
    ({"last": 101}, "last"),
    ({"after": "x"}, "after"),
    ({"last": 1, "before": "x"}, "before"),
    ({"before": "x"}, "before"),
    ({"last": 1, "after": "x"}, "after"),
    ({"atLeast": "x"}, "atLeast"),
    ({"atLeast": write_token("tweets", "x", 1)}, "atLeast"),
    ({"after": "é" * 2_000}, "after"),
]


@pytest.mark.parametrize(("given", "argument"), BAD)
async def test_bad_arguments_are_named(asker: Asker, given: dict[str, Any], argument: str):
    answer = await asker.ask(HOME, uuid7(), **given)
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "BAD_INPUT", "argument": argument}
    assert answer["data"]["viewer"]["homeTimeline"] is None


async def test_another_persons_cursor_and_token_are_refused(
    asker: Asker, service: Service, world: World
):
    me, other = uuid7(), uuid7()
    await service.take(world.post(me)[1])
    home = await asker.home(me)
    for cursor in (home["edges"][0]["cursor"], home["resume"]):
        answer = await asker.ask(HOME, other, after=cursor)
        assert answer["errors"][0]["extensions"]["argument"] == "after"


async def test_nobody_has_no_timeline(asker: Asker):
    assert await asker.ask("{ viewer { homeTimeline { state } } }") == {"data": {"viewer": None}}
    query = """query ($all: [_Any!]!) { _entities(representations: $all) {
        ... on Viewer { homeTimeline { state } } } }"""
    viewer = {"__typename": "Viewer", "id": global_id(USER, uuid7())}
    answer = await asker.ask(query, uuid7(), all=[viewer])
    assert answer == {"data": {"_entities": [None]}}


async def test_the_viewer_is_found_as_an_entity(asker: Asker):
    me = uuid7()
    query = """query ($all: [_Any!]!) { _entities(representations: $all) {
        ... on Viewer { homeTimeline { state edges { cursor } } } } }"""
    viewer = {"__typename": "Viewer", "id": global_id(USER, me)}
    answer = await asker.ask(query, me, all=[viewer])
    assert answer == {"data": {"_entities": [{"homeTimeline": {"state": "READY", "edges": []}}]}}


@pytest.fixture
def app(settings: TimelineSettings) -> ServiceApp:
    return create_app(settings, consume=False)


async def test_frames_over_a_socket(app: ServiceApp, service: Service, world: World):
    me, friend = uuid7(), uuid7()
    await service.take(world.follow(me, friend))
    home = await service.ready(me)
    async with served(app) as url:
        async with updates(url, me, "no token") as stream:
            reset = await stream.frame()
            assert reset["__typename"] == "TimelineReset"
            assert reset["message"]
            tweet, event = world.post(friend)
            await service.take(event)
            added = await stream.frame()
            assert added["edge"]["node"]["tweet"]["id"] == global_id(TWEET, tweet.id)
            assert not added["replayed"]
            await service.take(world.delete(tweet))
            removed = await stream.frame()
            assert removed["tweetId"] == global_id(TWEET, tweet.id)
            assert removed["reason"] == "DELETED"
        async with updates(url, me, reset["resume"]) as stream:
            again = await stream.frame()
            assert (again["edge"], again["replayed"]) == (added["edge"], True)
            assert await stream.frame() == removed
    assert home.page.items == []


async def test_a_listener_that_leaves_leaves_nothing_behind(
    settings: TimelineSettings, monkeypatch: pytest.MonkeyPatch
):
    towers = list[Any]()
    original = bells.Bells.__init__

    def remember(self: Any, bus: Bus) -> None:
        original(self, bus)
        towers.append(self._towers)

    monkeypatch.setattr(bells.Bells, "__init__", remember)
    me = uuid7()

    async def listened() -> bool:
        return me in towers[0]

    async def left() -> bool:
        return me not in towers[0]

    async with served(create_app(settings, consume=False)) as url:
        async with updates(url, me) as stream:
            await until(listened)
            await stream.end()
            await until(left)
        async with updates(url, me):
            await until(listened)
        await until(left)


async def test_nobody_hears_nothing(app: ServiceApp):
    async with served(app) as url, updates(url, None) as stream:
        message = await stream.message()
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert "Traceback" not in str(message)
