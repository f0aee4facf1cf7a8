from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator

import nats as client
import pytest
from nats.aio.client import Client

from chassis.bus import Bus, ConsumerOptions
from chassis.envelope import Envelope
from stack.dead_letters import drop_letters, newest_letter
from stack.errors import BusRefused, ConsumerUnknown
from stack.nats import Nats
from stack.ports import free_port
from stack.replay import replay
from tests.chassis.eventually import eventually

QUICK = ConsumerOptions(tries=2, backoff=(0.01,), pull_seconds=0.2)


class Counter:
    """A projection that cannot take odd versions until it is mended."""

    def __init__(self, *, mended: bool) -> None:
        self.mended = mended
        self.seen: list[int] = []

    async def __call__(self, event: Envelope) -> None:
        if event.aggversion % 2 and not self.mended:
            raise ValueError(event.aggversion)
        self.seen.append(event.aggversion)


@pytest.fixture
async def admin(nats_server: Nats) -> AsyncIterator[Client]:
    connection = await client.connect(nats_server.url)
    yield connection
    await connection.close()


@pytest.fixture
async def bus(nats_server: Nats) -> AsyncIterator[Bus]:
    connected = await Bus.connect(nats_server.url_for("tweets"), "tweets")
    yield connected
    await connected.close()


def thing(kind: str, version: int) -> Envelope:
    """An event of an aggregate of its own."""
    subject = f"thing-{version}"
    return Envelope.new(kind, source="tweets", subject=subject, aggversion=version, data={})


async def letters(admin: Client, consumer: str) -> list[int]:
    """Sequences of the dead letters of a consumer."""
    subject = f"mt.dlq.{consumer}"
    info = await admin.jetstream().stream_info("MT_DLQ", subjects_filter=subject)
    count = (info.state.subjects or {}).get(subject, 0)
    found: list[int] = []
    while len(found) < count:
        after = found[-1] if found else 0
        letter = await admin.jetstream().get_msg("MT_DLQ", after + 1, subject, next=True)
        found.append(letter.seq or 0)
    return found


async def has_another(admin: Client, consumer: str, than: int) -> bool:
    return await letters(admin, consumer) not in ([], [than])


async def test_what_failed_takes_effect_after_the_mend_and_touches_nobody_else(
    bus: Bus, admin: Client, nats_server: Nats
):
    kind, name = f"tweets.k{secrets.token_hex(4)}.done", f"tweets_{secrets.token_hex(4)}"
    broken, whole = Counter(mended=False), Counter(mended=True)
    await bus.consume(name, [f"mt.v1.{kind}"], broken, QUICK)
    await bus.consume(f"{name}_other", [f"mt.v1.{kind}"], whole, QUICK)
    for version in range(1, 5):
        await bus.publish(thing(kind, version))
    await eventually(lambda: sorted(broken.seen) == [2, 4] and len(whole.seen) == 4)
    await eventually(lambda: has_letters(admin, name, 2))

    broken.mended = True
    assert await replay(nats_server.url, name) == 2
    await eventually(lambda: sorted(broken.seen) == [1, 2, 3, 4])
    # They are no dead letters any more.
    assert await letters(admin, name) == []
    assert await replay(nats_server.url, name) == 0
    last = thing(kind, 6)
    await bus.publish(last)
    await eventually(lambda: 6 in broken.seen and 6 in whole.seen)
    assert sorted(broken.seen) == [1, 2, 3, 4, 6]
    assert sorted(whole.seen) == [1, 2, 3, 4, 6]


async def test_what_fails_again_is_put_aside_again_and_only_the_rest_is_put_back(
    bus: Bus, admin: Client, nats_server: Nats
):
    kind, name = f"tweets.k{secrets.token_hex(4)}.done", f"tweets_{secrets.token_hex(4)}"
    broken = Counter(mended=False)
    await bus.consume(name, [f"mt.v1.{kind}"], broken, QUICK)
    await bus.publish(thing(kind, 1))
    await eventually(lambda: has_letters(admin, name, 1))
    (first,) = await letters(admin, name)
    assert await replay(nats_server.url, name) == 1
    await eventually(lambda: has_another(admin, name, first))
    (second,) = await letters(admin, name)
    again = await admin.jetstream().get_msg("MT_DLQ", second)
    assert (again.headers or {})["x-mt-subject"] == f"mt.v1.{kind}"
    broken.mended = True
    assert await replay(nats_server.url, name, first=second + 1) == 0
    assert await replay(nats_server.url, name, first=second) == 1
    await eventually(lambda: broken.seen == [1])


async def test_a_rebuild_drops_the_letters_that_its_exports_make_needless(
    bus: Bus, admin: Client, nats_server: Nats
):
    word = secrets.token_hex(4)
    kind, ours, others = f"tweets.k{word}.done", f"{word}_own", f"{word}s_other"
    for name in (ours, others):
        await bus.consume(name, [f"mt.v1.{kind}"], Counter(mended=False), QUICK)
    await bus.publish(thing(kind, 1))
    await eventually(lambda: has_letters(admin, ours, 1))
    await eventually(lambda: has_letters(admin, others, 1))
    newest = await newest_letter(nats_server.url)
    await bus.publish(thing(kind, 3))
    await eventually(lambda: has_letters(admin, ours, 2))
    await drop_letters(nats_server.url, word, newest)
    assert len(await letters(admin, ours)) == 1
    assert (await letters(admin, ours))[0] > newest
    await eventually(lambda: has_letters(admin, others, 2))


async def test_an_unknown_consumer_is_told_with_those_that_there_are(bus: Bus, nats_server: Nats):
    name = f"tweets_{secrets.token_hex(4)}"
    await bus.ensure_streams()
    await bus.consume(name, ["mt.v1.tweets.none.done"], Counter(mended=True), QUICK)

    async def known() -> bool:
        with pytest.raises(ConsumerUnknown) as caught:
            await replay(nats_server.url, "tweets.>")
        return name in str(caught.value)

    await eventually(known)


async def test_a_bus_that_is_away_is_told_in_one_line():
    with pytest.raises(BusRefused, match="NATS did not do it"):
        await asyncio.wait_for(replay(f"nats://127.0.0.1:{free_port()}", "any"), 60)


async def has_letters(admin: Client, consumer: str, count: int) -> bool:
    return len(await letters(admin, consumer)) == count
