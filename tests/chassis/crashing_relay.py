"""Started by `test_outbox_crash.py`: commits an effect with its event, relays, and dies on the way.

    python -m tests.chassis.crashing_relay before-publish|after-publish COUNT

Reads MT_DATABASE_URL, MT_NATS_URL and KIND from the environment. Commits COUNT events, prints
their ids, and kills itself with SIGKILL when the relay comes to the chosen point.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from sqlalchemy import text

from chassis import telemetry
from chassis.bus import Bus
from chassis.envelope import Envelope
from chassis.outbox import Relay
from chassis.postgres import Database, PostgresOutbox, record

SUBJECTS = ("a", "b")

_NEXT = text("""
    INSERT INTO aggregate (subject, version) VALUES (:subject, 1)
    ON CONFLICT (subject) DO UPDATE SET version = aggregate.version + 1
    RETURNING version
""")


class DiesBeforePublish(Relay):
    async def publish(self, events: Sequence[Envelope]) -> list[str]:
        die()
        return await super().publish(events)


class DiesAfterPublish(Relay):
    async def mark_sent(self, ids: Sequence[str]) -> None:
        die()
        await super().mark_sent(ids)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def change(database: Database, kind: str, subject: str) -> Envelope:
    """One change of an aggregate and the event about it, in one transaction."""
    async with database.transaction() as session:
        version = (await session.execute(_NEXT, {"subject": subject})).scalar_one()
        event = Envelope.new(
            kind, source="users", subject=subject, aggversion=version, data={"n": version}
        )
        await record(session, event)
    return event


async def main(point: str, count: int) -> None:
    # Logs go to stderr, the ids to stdout.
    telemetry.configure("users")
    database = Database.connect(os.environ["MT_DATABASE_URL"])
    bus = await Bus.connect(os.environ["MT_NATS_URL"], "users")
    kind = os.environ["KIND"]
    for number in range(count):
        event = await change(database, kind, SUBJECTS[number % len(SUBJECTS)])
        print(event.id, flush=True)  # noqa: T201 the test reads it
    relay = {"before-publish": DiesBeforePublish, "after-publish": DiesAfterPublish}[point]
    # A short lease: the next process takes over from this one, which does not give it back.
    await relay(PostgresOutbox(database), bus, lease_seconds=0.2, poll_seconds=0.02).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
