"""What services put aside because they could not handle it, and what a rebuild makes needless."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import StreamState
from nats.js.errors import NotFoundError

from stack.errors import BusRefused
from stack.nats import DEAD_LETTERS
from stack.nats import jetstream as connected_to

SUBJECT = "mt.dlq"


@asynccontextmanager
async def asked(url: str) -> AsyncGenerator[JetStreamContext]:
    """JetStream, for the length of a block.

    Raises:
        BusRefused: NATS is away or would not.
    """
    try:
        async with connected_to(url) as jetstream:
            yield jetstream
    except (Error, OSError) as error:
        raise BusRefused(reason=str(error) or type(error).__name__) from error


async def newest_letter(url: str) -> int:
    """The place of the newest one in their stream; 0 where there never was one.

    Args:
        url: NATS, as `admin`.

    Raises:
        BusRefused: NATS is away or would not.
    """
    async with asked(url) as jetstream:
        state = await _state(jetstream)
        return state.last_seq if state else 0


async def drop_letters(url: str, service: str, newest: int) -> None:
    """Delete those of a service's consumers, whose names begin with its own.

    Args:
        url: NATS, as `admin`.
        service: whose projections have been made anew.
        newest: of the letters to delete; later ones stay.

    Raises:
        BusRefused: NATS is away or would not.
    """
    async with asked(url) as jetstream:
        state = await _state(jetstream)
        for subject in (state and state.subjects) or {}:
            if subject.startswith(f"{SUBJECT}.{service}_"):
                await jetstream.purge_stream(DEAD_LETTERS, seq=newest + 1, subject=subject)


async def _state(jetstream: JetStreamContext) -> StreamState | None:
    try:
        told = await jetstream.stream_info(DEAD_LETTERS, subjects_filter=f"{SUBJECT}.>")
    except NotFoundError:
        # No service has run yet.
        return None
    return told.state
