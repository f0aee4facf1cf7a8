from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js.api import AckPolicy, ConsumerConfig

from chassis.bus import Bus, BusUnavailable, ConsumerOptions, SubjectInvalid, subject
from chassis.bus.connection import heeding, settle
from chassis.bus.subjects import checked
from chassis.envelope import Envelope
from stack.nats import Nats
from tests.chassis.eventually import eventually
from tests.servers import RunningServer

QUICK = ConsumerOptions(backoff=(0.01,), ack_wait=0.5, pull_seconds=0.5, retry_seconds=0.05)

# What JetStream is told of a message that is not done yet.
AT_WORK = b"+WPI"

NewEvent = Callable[..., Envelope]


@pytest.fixture
async def admin(nats_server: Nats) -> AsyncIterator[Client]:
    client = Client()
    await client.connect(nats_server.url)
    yield client
    await client.close()


async def dead_letters(admin: Client, durable: str) -> list[tuple[bytes, dict[str, str]]]:
    jetstream = admin.jetstream()
    info = await jetstream.stream_info("MT_DLQ", subjects_filter=f"mt.dlq.{durable}")
    count = (info.state.subjects or {}).get(f"mt.dlq.{durable}", 0)
    found: list[tuple[bytes, dict[str, str]]] = []
    sequence = 0
    for _ in range(count):
        message = await jetstream.get_msg(
            "MT_DLQ", seq=sequence + 1, subject=f"mt.dlq.{durable}", next=True
        )
        sequence = message.seq or 0
        found.append((message.data or b"", message.headers or {}))
    return found


def url_for_users(running: RunningServer) -> str:
    assert isinstance(running.server, Nats)
    return running.server.url_for("users")


class Seen:
    """A handler that keeps what it was given."""

    def __init__(self) -> None:
        self.events: list[Envelope] = []

    async def __call__(self, event: Envelope) -> None:
        self.events.append(event)


async def test_what_is_published_is_consumed_once_each(
    bus: Bus, event: NewEvent, kind: str, durable: str
):
    sent = [event(str(n % 7), n + 1) for n in range(100)]
    for one in sent:
        await bus.publish(one)
    seen = Seen()
    await bus.consume(durable, [f"mt.v1.{kind}"], seen, QUICK)
    await eventually(lambda: len(seen.events) >= 100)
    assert sorted(seen.events, key=lambda one: one.aggversion) == sent


async def test_events_of_one_aggregate_come_in_order_beside_those_of_others(
    bus: Bus, event: NewEvent, kind: str, durable: str
):
    for version in range(1, 41):
        for aggregate in "abc":
            await bus.publish(event(aggregate, version))
    running = 0
    most = 0
    seen: dict[str, list[int]] = {"a": [], "b": [], "c": []}

    async def handle(one: Envelope) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        # Earlier ones take longer: were they side by side, they would end in the wrong order.
        for _ in range(50 - one.aggversion):
            await asyncio.sleep(0)
        seen[one.subject].append(one.aggversion)
        running -= 1

    await bus.consume(durable, [f"mt.v1.{kind}"], handle, QUICK)
    await eventually(lambda: sum(map(len, seen.values())) >= 120)
    assert seen == {aggregate: list(range(1, 41)) for aggregate in "abc"}
    assert most > 1


async def test_the_same_id_again_adds_nothing(bus: Bus, event: NewEvent, kind: str, durable: str):
    twice, last = event("a", 1), event("b", 2)
    for one in (twice, twice, last):
        await bus.publish(one)
    seen = Seen()
    await bus.consume(durable, [f"mt.v1.{kind}"], seen, QUICK)
    await eventually(lambda: len(seen.events) >= 2)
    assert {one.id for one in seen.events} == {twice.id, last.id}
    assert len(seen.events) == 2


async def test_a_place_in_the_stream_outlives_the_connection(
    bus: Bus, nats_server: Nats, event: NewEvent, kind: str, durable: str
):
    first, second = event("a", 1), event("a", 2)
    seen = Seen()
    subscription = await bus.consume(durable, [f"mt.v1.{kind}"], seen, QUICK)
    await bus.publish(first)
    await eventually(lambda: seen.events)
    await subscription.stop()
    await bus.publish(second)
    other = await Bus.connect(nats_server.url_for("users"), "users")
    later = Seen()
    await other.consume(durable, [f"mt.v1.{kind}"], later, QUICK)
    await eventually(lambda: later.events)
    await other.close()
    assert [one.id for one in later.events] == [second.id]


async def test_a_handler_that_fails_gets_the_event_again(
    bus: Bus, event: NewEvent, kind: str, durable: str
):
    tries = 0

    async def handle(_: Envelope) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ValueError("not yet")

    await bus.consume(durable, [f"mt.v1.{kind}"], handle, QUICK)
    await bus.publish(event())
    await eventually(lambda: tries >= 3)


async def test_after_five_tries_an_event_is_put_aside_and_the_others_flow(
    bus: Bus, admin: Client, event: NewEvent, kind: str, durable: str
):
    bad, good = event("bad", 1), [event(f"good{n}", 1) for n in range(20)]
    tries = 0
    seen = Seen()

    async def handle(one: Envelope) -> None:
        nonlocal tries
        if one.subject == "bad":
            tries += 1
            raise ValueError("line one\r\nline two é")
        await seen(one)

    await bus.consume(durable, [f"mt.v1.{kind}"], handle, QUICK)
    for one in (bad, *good):
        await bus.publish(one)
    await eventually(lambda: dead_letters(admin, durable))
    await eventually(lambda: len(seen.events) == 20)
    ((body, headers),) = await dead_letters(admin, durable)
    assert tries == 5
    assert Envelope.from_bytes(body) == bad
    assert headers["x-mt-tries"] == "5"
    assert headers["x-mt-subject"] == bad.nats_subject
    assert "line one" in headers["x-mt-error"]
    await eventually(lambda: _settled(bus, durable))


async def _settled(bus: Bus, durable: str) -> bool:
    info = await bus.jetstream.consumer_info("MT", durable)
    return info.num_ack_pending == 0 and info.num_pending == 0


async def test_poison_bytes_are_put_aside_at_once_and_the_others_flow(
    bus: Bus, admin: Client, event: NewEvent, kind: str, durable: str
):
    seen = Seen()
    await bus.consume(durable, [f"mt.v1.{kind}"], seen, QUICK)
    poison = [b"", b"\xff\xfe", b"{}", b"[" * 10_000]
    for body in poison:
        await admin.jetstream().publish(f"mt.v1.{kind}", body)
    good = event()
    await bus.publish(good)
    await eventually(lambda: seen.events)
    await eventually(lambda: _settled(bus, durable))
    kept = await dead_letters(admin, durable)
    assert [body for body, _ in kept] == poison
    assert {headers["x-mt-tries"] for _, headers in kept} == {"1"}
    assert [one.id for one in seen.events] == [good.id]


async def test_an_event_that_kills_its_consumer_each_time_is_put_aside(
    bus: Bus, admin: Client, event: NewEvent, kind: str, durable: str
):
    """Delivered, never answered for, as when the process dies with it each time."""
    once = ConsumerOptions(tries=2, ack_wait=0.2, pull_seconds=0.5)
    subscription = await bus.consume(durable, [f"mt.v1.{kind}"], Seen(), once)
    await eventually(lambda: _exists(admin, durable))
    await subscription.stop()
    await bus.publish(event())
    puller = await bus.jetstream.pull_subscribe_bind(durable, "MT")
    for _ in range(2):
        await puller.fetch(1, timeout=5)
    seen = Seen()
    await bus.consume(durable, [f"mt.v1.{kind}"], seen, once)
    await eventually(lambda: dead_letters(admin, durable))
    assert seen.events == []


async def test_an_event_at_work_longer_than_its_ack_is_not_delivered_again(
    bus: Bus, admin: Client, event: NewEvent, kind: str, durable: str
):
    """Nor one that waits behind it: only what a consumer died with comes again, and soon."""
    quick = ConsumerOptions(ack_wait=0.2, pull_seconds=0.5)
    seen: list[int] = []
    at_work = 0

    async def hear(message: Msg) -> None:
        nonlocal at_work
        at_work += message.data == AT_WORK

    async def slow(event: Envelope) -> None:
        seen.append(event.aggversion)
        # Said three times within the time that an event without it would come again.
        said = at_work + 12
        await eventually(lambda: at_work >= said)

    await admin.subscribe(f"$JS.ACK.MT.{durable}.>", cb=hear)
    for version in (1, 2):
        await bus.publish(event("a", version))
    await bus.consume(durable, [f"mt.v1.{kind}"], slow, quick)
    await eventually(lambda: len(seen) >= 2)
    await eventually(lambda: _settled(bus, durable))
    assert seen == [1, 2]


class StoreAway(Exception):
    """Nothing can be handled at the moment."""


AGAIN = replace(QUICK, again=(StoreAway,))


async def test_a_store_that_is_away_puts_no_event_aside(
    bus: Bus, admin: Client, event: NewEvent, kind: str, durable: str
):
    seen: list[int] = []

    async def handle(one: Envelope) -> None:
        seen.append(one.aggversion)
        if len(seen) < 20:
            raise StoreAway

    await bus.ensure_streams()
    for version in (1, 2):
        await bus.publish(event("a", version))
    await bus.consume(durable, [f"mt.v1.{kind}"], handle, AGAIN)
    await eventually(lambda: len(seen) == 21)
    await eventually(lambda: _settled(bus, durable))
    assert seen == [1] * 20 + [2]
    assert await dead_letters(admin, durable) == []


async def test_what_waits_for_its_store_comes_to_who_goes_on(
    bus: Bus, event: NewEvent, kind: str, durable: str
):
    waiting, seen = asyncio.Event(), Seen()

    async def away(_: Envelope) -> None:
        waiting.set()
        raise StoreAway

    first = await bus.consume(durable, [f"mt.v1.{kind}"], away, AGAIN)
    sent = event()
    await bus.publish(sent)
    await waiting.wait()
    await first.stop()
    await bus.consume(durable, [f"mt.v1.{kind}"], seen, AGAIN)
    await eventually(lambda: seen.events == [sent])


async def test_what_is_given_back_goes_to_its_consumer_alone_and_as_what_it_was(
    bus: Bus, admin: Client, event: NewEvent, kind: str, durable: str
):
    mine, others = Seen(), Seen()
    await bus.consume(durable, [f"mt.v1.{kind}"], mine, QUICK)
    await bus.consume(f"{durable}_2", [f"mt.v1.{kind}"], others, QUICK)
    given_back, last = event("a", 1), event("b", 1)
    await eventually(lambda: _exists(admin, durable))
    await admin.jetstream().publish(f"mt.replay.{durable}", given_back.to_bytes())
    await bus.publish(last)
    await eventually(lambda: len(mine.events) == 2)
    await eventually(lambda: others.events)
    assert mine.events[0] == given_back
    assert others.events == [last]


async def test_what_fails_again_says_where_it_stood_at_first(
    bus: Bus, admin: Client, kind: str, durable: str
):
    await bus.consume(durable, [f"mt.v1.{kind}"], Seen(), QUICK)
    first = {"x-mt-subject": f"mt.v1.{kind}"}
    await admin.jetstream().publish(f"mt.replay.{durable}", b"no event", headers=first)
    await eventually(lambda: dead_letters(admin, durable))
    ((_, headers),) = await dead_letters(admin, durable)
    assert headers["x-mt-subject"] == f"mt.v1.{kind}"


async def test_a_consumer_of_an_earlier_version_is_brought_up_to_date(
    bus: Bus, admin: Client, event: NewEvent, kind: str, durable: str
):
    """It keeps its place, and is given back what was put aside."""
    made = ConsumerConfig(
        durable_name=durable, filter_subjects=[f"mt.v1.{kind}"], ack_policy=AckPolicy.EXPLICIT
    )
    await admin.jetstream().add_consumer("MT", made)
    before, given_back = event("a", 1), event("b", 1)
    await bus.publish(before)
    seen = Seen()
    await bus.consume(durable, [f"mt.v1.{kind}"], seen, QUICK)
    await eventually(lambda: seen.events)
    await admin.jetstream().publish(f"mt.replay.{durable}", given_back.to_bytes())
    await eventually(lambda: len(seen.events) == 2)
    assert seen.events == [before, given_back]


async def test_answers_come_to_a_place_of_the_users_own(bus: Bus, admin: Client):
    """So that the server can keep one service from reading what another is answered."""
    replies: list[str] = []

    async def hear(message: Msg) -> None:
        replies.append(message.reply)

    await admin.subscribe("mt.ask.users.place", cb=hear)
    await settle(admin)
    with pytest.raises(BusUnavailable, match="Timeout"):
        await bus.request("mt.ask.users.place", b"", timeout=0.1)
    await eventually(lambda: replies)
    assert replies[0].startswith("_INBOX.users.")


async def _exists(admin: Client, durable: str) -> bool:
    consumers = await admin.jetstream().consumers_info("MT")
    return any(one.name == durable for one in consumers)


async def test_asks_and_is_answered(bus: Bus, nats_server: Nats):
    async def answer(data: bytes) -> bytes:
        return json.dumps({"asked": json.loads(data)}).encode()

    await bus.reply("mt.ask.users.cards", "users", answer)
    asker = await Bus.connect(nats_server.url_for("tweets"), "tweets")
    answers = await asyncio.gather(
        *(asker.request("mt.ask.users.cards", str(n).encode()) for n in range(50))
    )
    await asker.close()
    assert [json.loads(one)["asked"] for one in answers] == list(range(50))


async def test_a_question_that_nobody_answers_fails_at_once(bus: Bus):
    async with asyncio.timeout(2):
        with pytest.raises(BusUnavailable, match="nobody"):
            await bus.request("mt.ask.nobody.there", b"", timeout=30)


async def test_an_answerer_that_fails_says_so_and_goes_on(bus: Bus):
    async def answer(data: bytes) -> bytes:
        return str(1 // int(data)).encode()

    await bus.reply("mt.ask.users.division", "users", answer)
    with pytest.raises(BusUnavailable):
        await bus.request("mt.ask.users.division", b"0", timeout=5)
    assert await bus.request("mt.ask.users.division", b"1") == b"1"


async def test_streams_are_made_once_and_brought_up_to_date(bus: Bus, admin: Client):
    await bus.ensure_streams()
    await admin.jetstream().update_stream(name="MT", subjects=["mt.v1.>"], max_age=60)
    await bus.ensure_streams()
    config = (await admin.jetstream().stream_info("MT")).config
    assert config.subjects == ["mt.v1.>", "mt.replay.>"]
    assert config.duplicate_window == 300
    assert config.max_age == 14 * 24 * 3600


async def test_goes_on_when_nats_comes_back(
    own_nats_server: RunningServer, event: NewEvent, kind: str, durable: str
):
    url = url_for_users(own_nats_server)
    own_nats_server.stop()
    bus = await Bus.connect(url, "users", wait_seconds=0.05)
    seen = Seen()
    await bus.ensure_streams()
    await bus.consume(durable, [f"mt.v1.{kind}"], seen, QUICK)
    await bus.reply("mt.ask.users.echo", "users", _echo)
    assert not bus.is_connected
    with pytest.raises(BusUnavailable):
        await bus.publish(event())
    with pytest.raises(BusUnavailable):
        await bus.request("mt.ask.users.echo", b"")

    own_nats_server.start()
    await eventually(lambda: bus.is_connected)
    await bus.publish(event("a", 1))
    await eventually(lambda: len(seen.events) == 1)
    assert await bus.request("mt.ask.users.echo", b"hello") == b"hello"

    own_nats_server.kill()
    await eventually(lambda: not bus.is_connected)
    own_nats_server.start()
    await eventually(lambda: bus.is_connected)
    await bus.publish(event("a", 2))
    # The first may come again: its acknowledgement may have died with the server.
    await eventually(lambda: {one.aggversion for one in seen.events} == {1, 2})
    assert await bus.request("mt.ask.users.echo", b"again") == b"again"
    await bus.close()


async def _echo(data: bytes) -> bytes:
    return data


async def test_closes_although_nats_never_came(own_nats_server: RunningServer):
    own_nats_server.stop()
    url = url_for_users(own_nats_server)
    bus = await Bus.connect(url, "users", wait_seconds=0.05)
    await bus.consume("never", ["mt.v1.users.>"], _ignore)
    async with asyncio.timeout(5):
        await bus.close()


async def _ignore(_: Envelope) -> None:
    return


HOSTILE = ["", ".", "a.b", "*", ">", "a b", "a\r\nPUB x 1", "a\n", "é", "a\x00", "a" * 129]


@pytest.mark.parametrize("token", HOSTILE)
def test_ids_that_lead_elsewhere_are_no_part_of_a_subject(token: str):
    with pytest.raises(SubjectInvalid):
        subject("mt", "live", token)


@pytest.mark.parametrize("text", ["", "a..b", "a b", ">.a", "a.>.b", "a.b\r\n", "a.b*"])
def test_subjects_that_are_not_well_formed_are_refused(text: str):
    with pytest.raises(SubjectInvalid):
        checked(text)


def test_an_ordinary_subject_is_joined():
    assert subject("mt", "live", "0189-x_Y") == "mt.live.0189-x_Y"


@pytest.mark.parametrize("refusal", [None, Error()])
async def test_a_cancellation_that_comes_with_the_answer_is_heeded(refusal: Error | None):
    answered = asyncio.Event()

    async def forgets() -> str:
        """As `asyncio.wait_for` does before Python 3.12."""
        try:
            await answered.wait()
        except asyncio.CancelledError:
            if refusal:
                raise refusal from None
        return "the answer"

    asking = asyncio.create_task(heeding(forgets()))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    answered.set()
    assert await heeding(forgets()) == "the answer"
