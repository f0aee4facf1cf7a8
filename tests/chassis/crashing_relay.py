"""Started by `test_outbox_crash.py`: processes that commit, relay, and die on the way.

    python -m tests.chassis.crashing_relay ROUNDS COUNT

Reads MT_DATABASE_URL, MT_NATS_URL and KIND from the environment. In each round two processes, one
per point to die at, commit COUNT events each, print their ids, and kill themselves with SIGKILL
when their relay comes to that point. Forked, since starting Python takes longer than all the rest.
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


async def commit_and_die(relay_type: type[Relay], count: int) -> None:
    """Commit `count` events, then relay until the end."""
    database = Database.connect(os.environ["MT_DATABASE_URL"])
    bus = await Bus.connect(os.environ["MT_NATS_URL"], "users")
    kind = os.environ["KIND"]
    for number in range(count):
        event = await change(database, kind, SUBJECTS[number % len(SUBJECTS)])
        say(f"committed {event.id}")
    # A short lease: the next process takes over from this one, which does not give it back.
    await relay_type(PostgresOutbox(database), bus, lease_seconds=0.2, poll_seconds=0.02).run()


def main(rounds: int, count: int) -> None:
    """Fork and bury."""
    # Logs go to stderr.
    telemetry.configure("users")
    for _ in range(rounds):
        children = [fork(relay_type, count) for relay_type in (DiesBeforePublish, DiesAfterPublish)]
        for child in children:
            _, status = os.waitpid(child, 0)
            say(f"ended {os.waitstatus_to_exitcode(status)}")


def say(line: str) -> None:
    """Tell the test; in one write, since processes share the pipe."""
    os.write(1, line.encode() + b"\n")


def fork(relay_type: type[Relay], count: int) -> int:
    """Start a process; gives its id."""
    child = os.fork()
    if child == 0:
        asyncio.run(commit_and_die(relay_type, count))
        os._exit(0)
    return child


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
