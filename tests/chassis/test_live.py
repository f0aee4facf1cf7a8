from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.errors import FlushTimeoutError

from chassis.bus import Bus, live
from stack.nats import Nats
from tests.chassis.eventually import eventually
from tests.servers import RunningServer

BELL = "mt.live.thread.thing"


@pytest.fixture
async def pair(nats_server: Nats) -> AsyncIterator[tuple[Bus, Bus]]:
    """A bus that tells and one that listens, as two replicas."""
    url = nats_server.url_for("tweets")
    buses = (await Bus.connect(url, "tweets"), await Bus.connect(url, "tweets"))
    yield buses
    for bus in buses:
        await bus.close()


async def test_what_is_told_is_heard_by_all_who_listen(pair: tuple[Bus, Bus]):
    heard: list[bytes] = []

    async def hear(data: bytes) -> None:
        heard.append(data)

    for bus in pair:
        await bus.listen(f"{BELL}.1", hear)
    await pair[0].tell(f"{BELL}.1", b"ring")
    await pair[0].tell(f"{BELL}.2", b"for nobody")
    await eventually(lambda: heard == [b"ring", b"ring"])


async def test_nothing_is_heard_after_the_stop(pair: tuple[Bus, Bus]):
    heard: list[bytes] = []

    async def hear(data: bytes) -> None:
        heard.append(data)

    first = await pair[1].listen(f"{BELL}.3", hear)
    await first.stop()
    last = await pair[1].listen(f"{BELL}.4", hear)
    await pair[0].tell(f"{BELL}.3", b"too late")
    await pair[0].tell(f"{BELL}.4", b"after it")
    await eventually(lambda: heard == [b"after it"])
    await last.stop()


async def test_a_bus_that_stalls_while_somebody_begins_to_listen_leaves_nothing_behind(
    pair: tuple[Bus, Bus], monkeypatch: pytest.MonkeyPatch
):
    async def stalls(_: object) -> None:
        raise FlushTimeoutError

    heard: list[bytes] = []

    async def hear(data: bytes) -> None:
        heard.append(data)

    with monkeypatch.context() as patched:
        patched.setattr(live, "settle", stalls)
        listening = await pair[1].listen(f"{BELL}.5", hear)
    after = await pair[1].listen(f"{BELL}.6", hear)
    await pair[0].tell(f"{BELL}.5", b"heard all the same")
    await eventually(lambda: heard == [b"heard all the same"])
    await listening.stop()
    await after.stop()


async def test_a_handler_that_fails_loses_one_message_only(pair: tuple[Bus, Bus]):
    heard: list[bytes] = []

    async def hear(data: bytes) -> None:
        if data == b"bad":
            raise ValueError(data)
        heard.append(data)

    await pair[1].listen(f"{BELL}.5", hear)
    for data in (b"bad", b"good"):
        await pair[0].tell(f"{BELL}.5", data)
    await eventually(lambda: heard == [b"good"])


async def test_listens_and_tells_again_when_nats_comes_back(own_nats_server: RunningServer):
    assert isinstance(own_nats_server.server, Nats)
    url = own_nats_server.server.url_for("tweets")
    own_nats_server.stop()
    bus = await Bus.connect(url, "tweets", wait_seconds=0.05)
    bells: asyncio.Queue[bytes] = asyncio.Queue()
    await bus.listen(f"{BELL}.6", bells.put)
    never = await bus.listen(f"{BELL}.6", bells.put)
    await never.stop()
    await bus.tell(f"{BELL}.6", b"nobody hears this")

    for data in (b"first", b"second"):
        own_nats_server.start()
        await eventually(lambda: bus.is_connected)
        # Subscribing follows the connection: tell until it is heard.
        await eventually_heard(bus, data, bells)
        own_nats_server.kill()
        await eventually(lambda: not bus.is_connected)
        await bus.tell(f"{BELL}.6", b"nobody hears this")
    await bus.close()


async def eventually_heard(bus: Bus, data: bytes, bells: asyncio.Queue[bytes]) -> None:
    async with asyncio.timeout(10):
        while True:
            await bus.tell(f"{BELL}.6", data)
            try:
                async with asyncio.timeout(0.2):
                    while await bells.get() != data:
                        pass
                    return
            except TimeoutError:
                continue
