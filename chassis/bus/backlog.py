"""What a service's consumers have not handled: waiting, put aside, or lost with the stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nats.errors import Error

from chassis.bus.connection import Connection, heeding, reason
from chassis.bus.streams import DEAD_LETTERS, EVENTS
from chassis.bus.subjects import BusUnavailable, subject


@dataclass(frozen=True)
class Backlog:
    """A look at it.

    Attributes:
        stream_made_at: when the stream was made; another time than before is another stream, and
            what the old one held is lost.
        waiting: events in it that no delivery was tried of.
        put_aside: dead letters that nobody has given back or made needless.
    """

    stream_made_at: str
    waiting: int
    put_aside: int


async def read_backlog(connection: Connection, durables: Sequence[str]) -> Backlog:
    """Look now.

    Raises:
        BusUnavailable: NATS is away, or has no such stream or consumer.
    """
    connection.check_connected()
    try:
        return await heeding(_read(connection, durables))
    except Error as error:
        raise BusUnavailable(reason(error)) from error


async def _read(connection: Connection, durables: Sequence[str]) -> Backlog:
    jetstream = connection.jetstream
    events = await jetstream.stream_info(EVENTS.name or "")
    letters = await jetstream.stream_info(
        DEAD_LETTERS.name or "", subjects_filter=subject("mt", "dlq") + ".>"
    )
    counts = letters.state.subjects or {}
    told = [await jetstream.consumer_info(EVENTS.name or "", durable) for durable in durables]
    return Backlog(
        stream_made_at=events.created.isoformat() if events.created else "",
        waiting=sum(one.num_pending or 0 for one in told),
        put_aside=sum(counts.get(subject("mt", "dlq", durable), 0) for durable in durables),
    )
