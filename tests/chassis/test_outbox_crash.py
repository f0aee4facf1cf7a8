"""Kill -9 between commit and publish, between publish and mark: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.bus import Bus, ConsumerOptions
from chassis.envelope import Envelope
from chassis.inbox import once
from chassis.outbox import Relay
from chassis.postgres import Database, PostgresOutbox, handle_once
from stack.nats import Nats
from tests.chassis.eventually import eventually

PROJECT = Path(__file__).resolve().parents[2]
POINTS = ("before-publish", "after-publish")
PER_PROCESS = 4
QUICK = ConsumerOptions(backoff=(0.05,), pull_seconds=0.5)


async def kill_once(environ: dict[str, str], point: str) -> list[str]:
    """Run the child until it kills itself; gives the ids it committed."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chassis.crashing_relay", point, str(PER_PROCESS)),
        cwd=PROJECT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await child.communicate()
    assert child.returncode == -signal.SIGKILL, errors.decode()
    return out.decode().split()


async def effects(database: Database) -> list[tuple[str, str, int]]:
    async with database.session() as session:
        rows = await session.execute(text("SELECT event_id, subject, version FROM effect"))
        return [(row.event_id, row.subject, row.version) for row in rows]


async def crash(
    kills: int, database: Database, nats_server: Nats, bus: Bus, kind: str, durable: str
) -> None:
    async def effect(session: AsyncSession, event: Envelope) -> None:
        await session.execute(
            text("INSERT INTO effect VALUES (:id, :subject, :version)"),
            {"id": event.id, "subject": event.subject, "version": event.aggversion},
        )

    handle = once(durable, database.transaction, handle_once, effect)
    await bus.consume(durable, [f"mt.v1.{kind}"], handle, QUICK)
    async with database.transaction() as session:
        await session.execute(
            text("CREATE TABLE aggregate (subject text PRIMARY KEY, version int NOT NULL)")
        )
    environ = os.environ | {
        "MT_DATABASE_URL": database.url,
        "MT_NATS_URL": nats_server.url_for("users"),
        "KIND": kind,
    }
    committed: list[str] = []
    for _ in range(kills // len(POINTS)):
        # Side by side: while one dies, the other waits for its lease to end.
        dead = await asyncio.gather(*(kill_once(environ, point) for point in POINTS))
        committed += [event_id for ids in dead for event_id in ids]

    # Not one was marked as sent by those who died; the next relay has them all.
    relay = asyncio.create_task(
        Relay(PostgresOutbox(database), bus, lease_seconds=5, poll_seconds=0.05).run()
    )
    await eventually(lambda: _has_all(database, committed), seconds=60)
    relay.cancel()
    await asyncio.gather(relay, return_exceptions=True)
    done = await effects(database)
    assert len(committed) == kills * PER_PROCESS
    assert sorted(event_id for event_id, _, _ in done) == sorted(committed)
    for subject in "ab":
        versions = sorted(version for _, one, version in done if one == subject)
        assert versions == list(range(1, len(versions) + 1))


async def _has_all(database: Database, committed: list[str]) -> bool:
    return len(await effects(database)) >= len(committed)


@pytest.mark.timeout(180)
async def test_twenty_kills_lose_no_event_and_repeat_no_effect(
    database: Database, nats_server: Nats, bus: Bus, kind: str, durable: str
):
    await crash(20, database, nats_server, bus, kind, durable)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_two_hundred_kills_lose_no_event_and_repeat_no_effect(
    database: Database, nats_server: Nats, bus: Bus, kind: str, durable: str
):
    await crash(200, database, nats_server, bus, kind, durable)
