from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from neo4j import AsyncDriver, AsyncGraphDatabase, AsyncManagedTransaction

from chassis.bus import Bus, ConsumerOptions
from chassis.envelope import Envelope
from chassis.neo4j import SCHEMA, Graph, Neo4jOutbox, StoreUnavailable, Tx, handle_once, record
from chassis.neo4j import events as neo4j_events
from chassis.outbox import LeaseLost, Relay
from stack.neo4j import Neo4j
from tests.chassis.eventually import eventually

pytestmark = pytest.mark.timeout(240)

NewEvent = Callable[..., Envelope]


@pytest.fixture
async def driver(neo4j_server: Neo4j) -> AsyncIterator[AsyncDriver]:
    async with AsyncGraphDatabase.driver(neo4j_server.url, auth=neo4j_server.auth) as driver:
        for statement in SCHEMA:
            await driver.execute_query(statement)
        await driver.execute_query("MATCH (n) WHERE n:Outbox OR n:OutboxLease OR n:Inbox DELETE n")
        yield driver


@pytest.fixture
async def outbox(driver: AsyncDriver) -> Neo4jOutbox:
    outbox = Neo4jOutbox(driver)
    assert await outbox.lease("me", 60)
    return outbox


async def put(driver: AsyncDriver, *events: Envelope) -> None:
    async def write(tx: AsyncManagedTransaction) -> None:
        for event in events:
            await record(tx, event)

    async with driver.session() as session:
        await session.execute_write(write)


async def unsent(driver: AsyncDriver) -> int:
    records, _, _ = await driver.execute_query("MATCH (o:Unsent) RETURN count(o) AS n")
    return records[0]["n"]


async def test_a_change_and_its_event_stand_or_fall_together(
    driver: AsyncDriver, outbox: Neo4jOutbox, event: NewEvent
):
    one = event()
    async with driver.session() as session:
        tx = await session.begin_transaction()
        await record(tx, event())
        await tx.rollback()
        assert await outbox.pending(10) == []
        tx = await session.begin_transaction()
        await record(tx, one)
        assert await outbox.pending(10) == []
        await tx.commit()
    assert await outbox.pending(10) == [one]


async def test_an_earlier_event_that_commits_later_is_not_passed_over(
    driver: AsyncDriver, outbox: Neo4jOutbox, event: NewEvent
):
    slow, quick = event("slow"), event("quick")
    async with driver.session() as session:
        tx = await session.begin_transaction()
        await record(tx, slow)
        await put(driver, quick)
        assert await outbox.pending(10) == [quick]
        await outbox.mark_sent([quick.id])
        await tx.commit()
    assert await outbox.pending(10) == [slow]


async def test_pending_events_come_oldest_first(
    driver: AsyncDriver, outbox: Neo4jOutbox, event: NewEvent
):
    events = [event("a", n) for n in range(1, 6)]
    await put(driver, *events)
    assert await outbox.pending(3) == events[:3]
    await outbox.mark_sent([one.id for one in events[:3]])
    assert await outbox.pending(3) == events[3:]
    await outbox.forget_sent(3600)
    await outbox.forget_sent(0)
    records, _, _ = await driver.execute_query("MATCH (o:Outbox) RETURN count(o) AS n")
    assert records[0]["n"] == 2


async def test_what_is_old_is_deleted_by_parts(
    driver: AsyncDriver, outbox: Neo4jOutbox, event: NewEvent, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(neo4j_events, "FORGET_AT_ONCE", 2)
    events = [event("a", n) for n in range(1, 4)]
    await put(driver, *events)
    await outbox.mark_sent([one.id for one in events])
    assert [await outbox.forget_sent(0) for _ in range(2)] == [True, False]
    records, _, _ = await driver.execute_query("MATCH (o:Outbox) RETURN count(o) AS n")
    assert records[0]["n"] == 0


async def test_one_of_many_takes_the_lease(driver: AsyncDriver):
    taken = await asyncio.gather(*(Neo4jOutbox(driver).lease(f"holder {n}", 60) for n in range(8)))
    assert sorted(taken) == [False] * 7 + [True]


async def test_the_next_holder_comes_after_the_end_and_shuts_the_last_one_out(
    driver: AsyncDriver, event: NewEvent
):
    stalled, heir = Neo4jOutbox(driver), Neo4jOutbox(driver)
    one = event()
    await put(driver, one)
    await stalled.lease("stalled", 0.05)
    await eventually(lambda: heir.lease("heir", 60))
    with pytest.raises(LeaseLost):
        await stalled.pending(10)
    with pytest.raises(LeaseLost):
        await stalled.mark_sent([one.id])
    assert await heir.pending(10) == [one]
    await heir.release("heir")
    assert await stalled.lease("stalled", 60)


async def test_an_event_is_handled_once_also_when_delivered_twice_at_the_same_time(
    driver: AsyncDriver, event: NewEvent
):
    one = event()

    async def handle(tx: AsyncManagedTransaction) -> bool:
        return await handle_once(tx, "consumer", one.id)

    async def deliver() -> bool:
        async with driver.session() as session:
            return await session.execute_write(handle)

    assert sorted(await asyncio.gather(*(deliver() for _ in range(8)))) == [False] * 7 + [True]


async def test_the_relay_sends_what_is_in_the_graph_in_order(
    driver: AsyncDriver, bus: Bus, event: NewEvent, kind: str, durable: str
):
    outbox = Neo4jOutbox(driver)
    seen: list[Envelope] = []

    async def handle(one: Envelope) -> None:
        await asyncio.sleep(0)
        seen.append(one)

    await bus.consume(durable, [f"mt.v1.{kind}"], handle, ConsumerOptions(pull_seconds=0.5))
    relay = asyncio.create_task(Relay(outbox, bus, poll_seconds=60).run())
    await eventually(lambda: _leased(driver))
    for n in range(1, 6):
        await put(driver, *(event(subject, n) for subject in "ab"))
        # Without the bell the relay would look again in a minute.
        outbox.ring()
    await eventually(lambda: len(seen) >= 10)
    await eventually(lambda: _all_sent(driver))
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    for subject in "ab":
        assert [one.aggversion for one in seen if one.subject == subject] == [1, 2, 3, 4, 5]


async def _leased(driver: AsyncDriver) -> bool:
    records, _, _ = await driver.execute_query("MATCH (l:OutboxLease) RETURN l")
    return bool(records)


async def _all_sent(driver: AsyncDriver) -> bool:
    return await unsent(driver) == 0


async def test_what_takes_longer_than_it_may_is_ended_by_the_server_and_called_unavailable(
    driver: AsyncDriver,
):
    async def work(tx: Tx) -> None:
        await (await tx.run("UNWIND range(1, 1000000000) AS n RETURN count(n)")).consume()

    graph = Graph(driver)
    with pytest.raises(StoreUnavailable):
        await graph.write(work, seconds=0.2)

    async def ended() -> bool:
        rows = await graph.read("SHOW TRANSACTIONS YIELD currentQuery")
        return not any(row["currentQuery"].startswith("UNWIND range(1, 1") for row in rows)

    await eventually(ended)
