"""The streams: what events and dead letters are kept in, and for how long."""

from __future__ import annotations

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

DAY = 24 * 3600.0
DUPLICATE_WINDOW = 300.0
# Below it, by the consumer's name, what was put aside is given back to that consumer alone.
REPLAYED = "mt.replay"


def _stream(name: str, *subjects: str, days: int, most_bytes: int) -> StreamConfig:
    return StreamConfig(
        name=name,
        subjects=list(subjects),
        storage=StorageType.FILE,
        duplicate_window=DUPLICATE_WINDOW,
        max_age=days * DAY,
        max_bytes=most_bytes,
        # The truth is in the services' stores: what has been read long ago may go, and a full disk
        # must not stop the services.
        discard=DiscardPolicy.OLD,
    )


EVENTS = _stream("MT", "mt.v1.>", f"{REPLAYED}.>", days=14, most_bytes=1 << 29)
DEAD_LETTERS = _stream("MT_DLQ", "mt.dlq.>", days=30, most_bytes=1 << 26)


async def make_streams(jetstream: JetStreamContext) -> None:
    """Make both, or bring them up to date; whoever comes first makes them.

    Raises:
        nats.errors.Error: the server did not do it.
    """
    for stream in (EVENTS, DEAD_LETTERS):
        try:
            await jetstream.add_stream(stream)  # pyright: ignore[reportUnknownMemberType] `params`
        except BadRequestError:
            # It is there with other settings, of an earlier version of ours.
            await jetstream.update_stream(stream)  # pyright: ignore[reportUnknownMemberType] `params`
