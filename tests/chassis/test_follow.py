from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from typing import cast

import pytest

from chassis.bus import Bus, Following
from chassis.envelope import Envelope
from stack.nats import Nats
from tests.chassis.eventually import eventually
from tests.chassis.test_bus import url_for_users
from tests.servers import RunningServer

Make = Callable[..., Envelope]


class Hearing:
    """What one process hears of a kind of events."""

    def __init__(self, bus: Bus, kind: str, since_seconds: float = 60) -> None:
        self.versions: list[int] = []
        self.following: Following = bus.follow(f"mt.v1.{kind}", self._hear, since_seconds)

    async def _hear(self, event: Envelope) -> None:
        if event.data["n"] == 1300:
            raise RuntimeError("an unlucky number")
        self.versions.append(event.aggversion)

    async def has(self, *versions: int) -> None:
        await eventually(lambda: self.versions == list(versions))


@pytest.fixture
async def buses(nats_server: Nats, bus: Bus) -> AsyncIterator[list[Bus]]:
    """Two processes of one service."""
    pair = [await Bus.connect(nats_server.url_for("users"), "users") for _ in range(2)]
    yield pair
    for one in pair:
        await one.close()


async def test_every_process_hears_every_event_in_order(
    bus: Bus, buses: list[Bus], kind: str, event: Make
):
    hearings = [Hearing(one, kind) for one in buses]
    for hearing in hearings:
        await hearing.following.wait_current()
    for version in range(1, 51):
        await bus.publish(event("a", version))
    for hearing in hearings:
        await hearing.has(*range(1, 51))


async def test_who_comes_later_is_told_of_the_time_before(
    bus: Bus, buses: list[Bus], kind: str, event: Make
):
    for version in (1, 2):
        await bus.publish(event("a", version))
    late, later_still = Hearing(buses[0], kind), Hearing(buses[1], kind, since_seconds=0)
    await late.following.wait_current()
    # Current means that all before were handed on.
    assert late.versions == [1, 2]
    await later_still.following.wait_current()
    await bus.publish(event("a", 3))
    await late.has(1, 2, 3)
    await later_still.has(3)


async def test_what_cannot_be_read_or_handled_loses_that_one_alone(
    bus: Bus, buses: list[Bus], kind: str, event: Make
):
    hearing = Hearing(buses[0], kind)
    await bus.jetstream.publish(f"mt.v1.{kind}", b"no event")
    await bus.publish(event("a", 1300))
    await bus.publish(event("a", 1301))
    await hearing.has(1301)


async def test_other_subjects_are_not_heard(bus: Bus, buses: list[Bus], kind: str, event: Make):
    hearing = Hearing(buses[0], kind)
    other = Envelope.new(f"{kind}.too", source="users", subject="a", aggversion=1, data={"n": 1})
    await bus.publish(other)
    await bus.publish(event("a", 2))
    await hearing.has(2)


async def test_it_goes_on_after_the_last_event_when_nats_comes_back(
    own_nats_server: RunningServer, kind: str, event: Make
):
    url = url_for_users(own_nats_server)
    publisher, follower = await Bus.connect(url, "users"), await Bus.connect(url, "users")
    await publisher.ensure_streams()
    hearing = Hearing(follower, kind)
    await publisher.publish(event("a", 1))
    await hearing.has(1)

    own_nats_server.kill()
    await eventually(lambda: not hearing.following.is_current)
    own_nats_server.start()
    await publisher.wait_connected()
    await publisher.publish(event("a", 2))
    await hearing.has(1, 2)
    await hearing.following.wait_current()
    for bus in (publisher, follower):
        await bus.close()


async def test_it_hears_what_comes_after_nats_lost_its_data(
    own_nats_server: RunningServer, kind: str, event: Make
):
    url = url_for_users(own_nats_server)
    publisher, follower = await Bus.connect(url, "users"), await Bus.connect(url, "users")
    await publisher.ensure_streams()
    hearing = Hearing(follower, kind)
    for version in (1, 2, 3):
        await publisher.publish(event("a", version))
    await hearing.has(1, 2, 3)

    own_nats_server.kill()
    await eventually(lambda: not hearing.following.is_current)
    shutil.rmtree(cast("Nats", own_nats_server.server).data / "jetstream")
    own_nats_server.start()
    await publisher.wait_connected()
    # Publishing makes the stream anew; its sequences begin at 1.
    await publisher.publish(event("a", 4))
    await hearing.has(1, 2, 3, 4)
    await hearing.following.wait_current()
    for bus in (publisher, follower):
        await bus.close()


async def test_it_begins_when_nats_and_its_streams_come(
    own_nats_server: RunningServer, kind: str, event: Make
):
    url = url_for_users(own_nats_server)
    own_nats_server.stop()
    follower = await Bus.connect(url, "users", wait_seconds=0.05)
    hearing = Hearing(follower, kind)
    assert not hearing.following.is_current

    own_nats_server.start()
    publisher = await Bus.connect(url, "users")
    # Publishing makes the stream, which the follower may not.
    await publisher.publish(event("a", 1))
    await hearing.has(1)
    for bus in (publisher, follower):
        await bus.close()


async def test_a_lost_event_is_asked_for_again(
    bus: Bus, buses: list[Bus], kind: str, event: Make, monkeypatch: pytest.MonkeyPatch
):
    hearing = Hearing(buses[0], kind)
    await hearing.following.wait_current()
    whole, lost = asyncio.Queue.put, ["the first"]

    async def put(queue: asyncio.Queue[object], message: object) -> None:
        if lost and b'"specversion"' in getattr(message, "data", b""):
            lost.pop()
            return
        await whole(queue, message)

    monkeypatch.setattr(asyncio.Queue, "put", put)
    # What the connection has subscribed holds the bound method: begin anew with the lossy one.
    await hearing.following.stop()
    hearing.following.start()
    await hearing.following.wait_current()
    for version in (1, 2, 3):
        await bus.publish(event("a", version))
    await hearing.has(1, 2, 3)
    assert not lost
