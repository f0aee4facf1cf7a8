"""The inbox: an event's effect happens once, however often the event is delivered.

A store remembers (consumer, event id) in the transaction of the effect; Postgres does so with
`chassis.postgres.handle_once`.

Source: idempotent consumer, microservices.io/patterns/communication-style/idempotent-consumer.html
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from chassis.envelope import Envelope

Tx = TypeVar("Tx")


def once(
    consumer: str,
    transaction: Callable[[], AbstractAsyncContextManager[Tx]],
    remember: Callable[[Tx, str, str], Awaitable[bool]],
    effect: Callable[[Tx, Envelope], Awaitable[None]],
) -> Callable[[Envelope], Awaitable[None]]:
    """Make a handler for `Bus.consume` that runs `effect` once per event.

    Args:
        consumer: the durable's name.
        transaction: opens one, as `Database.transaction`.
        remember: says whether (transaction, consumer, event id) is new, as `handle_once`.
        effect: what to do, in that transaction; what it raises undoes both.
    """

    async def handle(event: Envelope) -> None:
        async with transaction() as opened:
            if await remember(opened, consumer, event.id):
                await effect(opened, event)

    return handle
