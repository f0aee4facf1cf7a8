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
PER_PROCESS = 4
QUICK = ConsumerOptions(backoff=(0.05,), pull_seconds=0.5)


async def kill(kills: int, environ: dict[str, str]) -> list[str]:
    """Have `kills` processes kill themselves, half at each point; gives what they committed."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chassis.crashing_relay", str(kills // 2), str(PER_PROCESS)),
        cwd=PROJECT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await program.communicate()
    assert program.returncode == 0, errors.decode()
    words = [line.split() for line in out.decode().splitlines()]
    ends = [word for name, word in words if name == "ended"]
    assert ends == [str(-signal.SIGKILL)] * kills, errors.decode()
    return [word for name, word in words if name == "committed"]


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
    committed = await kill(kills, environ)

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
