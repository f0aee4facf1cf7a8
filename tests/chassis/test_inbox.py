"""An event's effect happens once, however often and in whatever order it is delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from chassis.envelope import Envelope
from chassis.inbox import once
from chassis.postgres import Database, handle_once

NewEvent = Callable[..., Envelope]


async def insert_effect(session, one: Envelope) -> None:
    await session.execute(
        text("INSERT INTO effect VALUES (:id, :subject, :version)"),
        {"id": one.id, "subject": one.subject, "version": one.aggversion},
    )


async def effects(database: Database) -> list[str]:
    async with database.session() as session:
        return sorted((await session.execute(text("SELECT event_id FROM effect"))).scalars())


async def test_every_event_delivered_three_times_and_shuffled_has_one_effect(
    database: Database, event: NewEvent
):
    handle = once("consumer", database.transaction, handle_once, insert_effect)
    events = [event(subject, n) for n in range(1, 11) for subject in "ab"]
    await asyncio.gather(*(handle(one) for one in (*events, *reversed(events), *events)))
    assert await effects(database) == sorted(one.id for one in events)


async def test_an_effect_that_failed_is_not_remembered_as_done(database: Database, event: NewEvent):
    tries: list[str] = []

    async def fails_at_first(session, one: Envelope) -> None:
        await insert_effect(session, one)
        tries.append(one.id)
        if len(tries) == 1:
            raise ConnectionError

    handle = once("consumer", database.transaction, handle_once, fails_at_first)
    one = event()
    with pytest.raises(ConnectionError):
        await handle(one)
    assert await effects(database) == []
    await handle(one)
    await handle(one)
    assert await effects(database) == [one.id]
    assert len(tries) == 2
