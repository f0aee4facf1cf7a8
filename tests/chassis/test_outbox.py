from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from sqlalchemy import text

import chassis.outbox as relaying_module
from chassis.bus import Bus, BusUnavailable, ConsumerOptions
from chassis.envelope import Envelope
from chassis.outbox import LeaseLost, Relay
from chassis.postgres import Database, PostgresOutbox, handle_once, record
from chassis.postgres import outbox as postgres_outbox
from stack.nats import Nats
from tests.chassis.eventually import eventually
from tests.servers import RunningServer

QUICK = ConsumerOptions(backoff=(0.01,), pull_seconds=0.5, retry_seconds=0.05)

NewEvent = Callable[..., Envelope]


@pytest.fixture
async def outbox(database: Database) -> PostgresOutbox:
    outbox = PostgresOutbox(database)
    assert await outbox.lease("me", 60)
    return outbox


async def put(database: Database, *events: Envelope) -> None:
    async with database.transaction() as session:
        for event in events:
            await record(session, event)


async def unsent(database: Database) -> int:
    async with database.session() as session:
        found = await session.execute(text("SELECT count(*) FROM outbox WHERE sent_at IS NULL"))
        return found.scalar_one()


class Kept:
    """A bus that keeps what it is given, each id once as JetStream does; refuses when told so."""

    def __init__(self) -> None:
        self.events: list[Envelope] = []
        self.refuses: Callable[[Envelope], bool] = lambda _: False

    async def publish(self, envelope: Envelope) -> None:
        # Earlier ones take longer: were they side by side, they would arrive in the wrong order.
        for _ in range(50 - envelope.aggversion):
            await asyncio.sleep(0)
        if self.refuses(envelope):
            raise BusUnavailable
        if envelope not in self.events:
            self.events.append(envelope)


class Running:
    """Relays in the background until the end of the test."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[None]] = []

    def start(self, relay: Relay) -> asyncio.Task[None]:
        self.tasks.append(asyncio.create_task(relay.run()))
        return self.tasks[-1]


@pytest.fixture
async def relays() -> AsyncIterator[Running]:
    running = Running()
    yield running
    for task in running.tasks:
        task.cancel()
    await asyncio.gather(*running.tasks, return_exceptions=True)


async def test_a_lower_id_that_commits_later_is_not_passed_over(
    database: Database, outbox: PostgresOutbox, event: NewEvent
):
    slow, quick = event("slow"), event("quick")
    async with database.transaction() as first:
        await record(first, slow)
        await put(database, quick)
        assert [one.id for one in await outbox.pending(10)] == [quick.id]
        await outbox.mark_sent([quick.id])
    assert [one.id for one in await outbox.pending(10)] == [slow.id]


async def test_only_what_was_committed_is_sent(
    database: Database, outbox: PostgresOutbox, event: NewEvent
):
    async with database.transaction() as session:
        await record(session, event())
        assert await outbox.pending(10) == []
        await session.rollback()
    assert await outbox.pending(10) == []


async def test_pending_events_come_oldest_first_as_they_were_recorded(
    database: Database, outbox: PostgresOutbox, event: NewEvent
):
    events = [event("a", n) for n in range(1, 6)]
    await put(database, *events)
    assert await outbox.pending(3) == events[:3]
    await outbox.mark_sent([one.id for one in events[:3]])
    assert await outbox.pending(3) == events[3:]


async def test_one_holder_at_a_time_and_the_next_after_its_end(database: Database):
    mine, other = PostgresOutbox(database), PostgresOutbox(database)
    assert await mine.lease("mine", 0.2)
    assert not await other.lease("other", 60)
    assert await mine.lease("mine", 0.2)
    await eventually(lambda: other.lease("other", 60))
    assert not await mine.lease("mine", 60)
    await other.release("other")
    assert await mine.lease("mine", 60)


async def test_who_lost_the_lease_can_neither_read_nor_mark(database: Database, event: NewEvent):
    stalled, heir = PostgresOutbox(database), PostgresOutbox(database)
    one = event()
    await put(database, one)
    await stalled.lease("stalled", 0.05)
    assert await stalled.pending(10) == [one]
    await eventually(lambda: heir.lease("heir", 60))
    with pytest.raises(LeaseLost):
        await stalled.pending(10)
    with pytest.raises(LeaseLost):
        await stalled.mark_sent([one.id])
    assert await heir.pending(10) == [one]


async def test_a_commit_wakes_the_relay(
    database: Database, outbox: PostgresOutbox, event: NewEvent
):
    # The first call only begins to listen.
    await outbox.wait_for_work(60)
    waiting = asyncio.create_task(outbox.wait_for_work(60))
    async with database.transaction() as session:
        await record(session, event())
        done, _ = await asyncio.wait({waiting}, timeout=0.1)
        assert not done
    async with asyncio.timeout(10):
        await waiting
    await outbox.release("me")


async def test_a_lost_listener_is_replaced(
    database: Database, outbox: PostgresOutbox, event: NewEvent
):
    await outbox.wait_for_work(60)
    async with database.session() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
            )
        )
    assert outbox._listener is not None
    await eventually(outbox._listener.is_closed)
    await outbox.wait_for_work(60)
    waiting = asyncio.create_task(outbox.wait_for_work(60))
    await put(database, event())
    async with asyncio.timeout(10):
        await waiting
    await outbox.release("me")


async def test_sent_events_are_deleted_after_a_while_and_others_never(
    database: Database, outbox: PostgresOutbox, event: NewEvent
):
    sent, waiting = event("a"), event("b")
    await put(database, sent, waiting)
    await outbox.mark_sent([sent.id])
    await outbox.forget_sent(3600)
    async with database.session() as session:
        assert (await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 2
    await outbox.forget_sent(0)
    assert await outbox.pending(10) == [waiting]
    async with database.session() as session:
        assert (await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one() == 1


async def test_what_is_old_is_deleted_by_parts(
    database: Database, outbox: PostgresOutbox, event: NewEvent, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgres_outbox, "FORGET_AT_ONCE", 2)
    events = [event(subject) for subject in "abc"]
    await put(database, *events)
    await outbox.mark_sent([one.id for one in events])
    left = text("SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM inbox)")
    async with database.transaction() as session:
        for one in events:
            await handle_once(session, "consumer", one.id)
        await session.execute(text("UPDATE inbox SET handled_at = now() - interval '31 days'"))
        await handle_once(session, "another", events[0].id)
    found: list[tuple[int, int]] = []
    for is_more in (True, False):
        assert await outbox.forget_sent(0) == is_more
        async with database.session() as session:
            found.append((await session.execute(left)).one()[:])
    assert found == [(1, 2), (0, 1)]


async def test_an_event_that_cannot_be_sent_holds_back_its_own_aggregate_alone(
    database: Database, event: NewEvent, relays: Running
):
    bus = Kept()
    bus.refuses = lambda one: one.subject == "a" and one.aggversion == 2
    await put(database, *(event(subject, n) for n in (1, 2, 3) for subject in "ab"))
    relays.start(Relay(PostgresOutbox(database), bus, poll_seconds=0.05))  # pyright: ignore[reportArgumentType]
    await eventually(lambda: len(bus.events) >= 4)
    sent = [(one.subject, one.aggversion) for one in bus.events]
    assert sorted(sent) == [("a", 1), ("b", 1), ("b", 2), ("b", 3)]
    bus.refuses = lambda _: False
    await eventually(lambda: len(bus.events) >= 6)
    assert [(one.aggversion) for one in bus.events if one.subject == "a"] == [1, 2, 3]
    assert len(bus.events) == 6


async def test_a_relay_whose_time_is_over_publishes_nothing_more(
    database: Database, event: NewEvent
):
    bus = Kept()
    relay = Relay(PostgresOutbox(database), bus, lease_seconds=0.0)  # pyright: ignore[reportArgumentType]
    assert await relay._lease()
    assert await relay.publish([event()]) == []
    assert bus.events == []


async def test_two_relays_at_once_send_everything_once_and_in_order(
    database: Database, event: NewEvent, relays: Running
):
    bus = Kept()
    outboxes = [PostgresOutbox(database), PostgresOutbox(database)]
    for outbox in outboxes:
        relays.start(Relay(outbox, bus, lease_seconds=1, poll_seconds=0.05, batch=7))  # pyright: ignore[reportArgumentType]
    for n in range(1, 31):
        await asyncio.gather(*(put(database, event(subject, n)) for subject in "abcd"))
    await eventually(lambda: len(bus.events) >= 120)
    for subject in "abcd":
        versions = [one.aggversion for one in bus.events if one.subject == subject]
        assert versions == list(range(1, 31))


async def test_the_other_relay_takes_over_when_one_ends_or_dies(
    database: Database, event: NewEvent, relays: Running
):
    bus = Kept()
    first = relays.start(Relay(PostgresOutbox(database), bus, poll_seconds=0.05))  # pyright: ignore[reportArgumentType]
    await put(database, event("a", 1))
    await eventually(lambda: len(bus.events) == 1)
    relays.start(Relay(PostgresOutbox(database), bus, lease_seconds=0.5, poll_seconds=0.05))  # pyright: ignore[reportArgumentType]
    # It gives the lease of 10 s back on its way out.
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await put(database, event("a", 2))
    await eventually(lambda: len(bus.events) == 2, seconds=5)
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE outbox_lease SET holder = 'dead', expires_at = now() + interval '1 s'")
        )
    await put(database, event("a", 3))
    await eventually(lambda: len(bus.events) >= 3)
    await eventually(lambda: _none_unsent(database))
    assert [one.aggversion for one in bus.events] == [1, 2, 3]


class Freezing(PostgresOutbox):
    """An outbox whose store froze: it takes the question and never answers."""

    frozen = True
    asked = 0

    async def pending(self, limit: int) -> Sequence[Envelope]:
        self.asked += 1
        if self.frozen:
            await asyncio.Event().wait()
        return await super().pending(limit)


async def test_a_store_that_froze_is_given_up_and_asked_again(
    database: Database, event: NewEvent, relays: Running, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(relaying_module, "STORE_SECONDS", 0.2)
    bus, freezing = Kept(), Freezing(database)
    await put(database, event("a", 1))
    relays.start(Relay(freezing, bus, poll_seconds=0.05))  # pyright: ignore[reportArgumentType]
    await eventually(lambda: freezing.asked > 1)
    freezing.frozen = False
    await eventually(lambda: len(bus.events) == 1)


async def _none_unsent(database: Database) -> bool:
    return await unsent(database) == 0


class Slow(Relay):
    """A relay that is stopped between reading and sending until it is told to go on."""

    def __init__(self, outbox: PostgresOutbox, bus: Kept) -> None:
        super().__init__(outbox, bus, lease_seconds=0.3, poll_seconds=0.05)  # pyright: ignore[reportArgumentType]
        self.read = asyncio.Event()
        self.go_on = asyncio.Event()

    async def publish(self, events: Sequence[Envelope]) -> list[str]:
        self.read.set()
        await self.go_on.wait()
        return await super().publish(events)


async def test_a_relay_that_stalled_sends_nothing_old_when_it_wakes_up(
    database: Database, event: NewEvent, relays: Running
):
    bus = Kept()
    await put(database, event("a", 1), event("a", 2))
    stalled = Slow(PostgresOutbox(database), bus)
    relays.start(stalled)
    await stalled.read.wait()
    relays.start(Relay(PostgresOutbox(database), bus, poll_seconds=0.05))  # pyright: ignore[reportArgumentType]
    await eventually(lambda: len(bus.events) == 2)
    await put(database, event("a", 3))
    await eventually(lambda: len(bus.events) == 3)
    stalled.go_on.set()
    await put(database, event("a", 4))
    await eventually(lambda: _none_unsent(database))
    assert [one.aggversion for one in bus.events] == [1, 2, 3, 4]


async def test_a_relay_outlives_errors_of_its_store(
    database: Database, event: NewEvent, relays: Running
):
    bus = Kept()
    outbox = PostgresOutbox(database)
    relays.start(Relay(outbox, bus, poll_seconds=0.05))  # pyright: ignore[reportArgumentType]
    await put(database, event("a", 1))
    await eventually(lambda: len(bus.events) == 1)
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE outbox_lease RENAME TO away"))
        await record(session, event("a", 2))
    await asyncio.sleep(0)
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE away RENAME TO outbox_lease"))
    await eventually(lambda: len(bus.events) == 2)


async def test_nats_away_and_back_loses_nothing_and_keeps_order(
    own_nats_server: RunningServer,
    database: Database,
    event: NewEvent,
    relays: Running,
    kind: str,
    durable: str,
):
    assert isinstance(own_nats_server.server, Nats)
    bus = await Bus.connect(own_nats_server.server.url_for("users"), "users")
    seen: list[Envelope] = []

    async def handle(one: Envelope) -> None:
        await asyncio.sleep(0)
        seen.append(one)

    await bus.consume(durable, [f"mt.v1.{kind}"], handle, QUICK)
    relays.start(Relay(PostgresOutbox(database), bus, poll_seconds=0.05))
    for n in range(1, 11):
        await put(database, *(event(subject, n) for subject in "ab"))
    await eventually(lambda: len(seen) >= 20)
    own_nats_server.kill()
    for n in range(11, 21):
        await put(database, *(event(subject, n) for subject in "ab"))
    assert await unsent(database) == 20
    own_nats_server.start()
    await eventually(lambda: len({one.id for one in seen}) == 40)
    await eventually(lambda: _none_unsent(database))
    for subject in "ab":
        firsts = list(dict.fromkeys(one.aggversion for one in seen if one.subject == subject))
        assert firsts == list(range(1, 21))
    await bus.close()
