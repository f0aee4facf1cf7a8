"""The streams: what events and dead letters are kept in, and for how long."""

from __future__ import annotations

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

DAY = 24 * 3600.0
DUPLICATE_WINDOW = 300.0

EVENTS = StreamConfig(
    name="MT",
    subjects=["mt.v1.>"],
    storage=StorageType.FILE,
    duplicate_window=DUPLICATE_WINDOW,
    max_age=14 * DAY,
    max_bytes=1 << 29,
    # The truth is in the services' stores: what has been read long ago may go, and a full disk
    # must not stop the services.
    discard=DiscardPolicy.OLD,
)
DEAD_LETTERS = StreamConfig(
    name="MT_DLQ",
    subjects=["mt.dlq.>"],
    storage=StorageType.FILE,
    duplicate_window=DUPLICATE_WINDOW,
    max_age=30 * DAY,
    max_bytes=1 << 26,
    discard=DiscardPolicy.OLD,
)


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
