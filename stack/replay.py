"""Puts dead letters back, for the one consumer that could not handle them.

They go to `mt.replay.<durable>`, which nobody but that consumer reads and only `admin` may write,
with their bodies as they were. The consumer's inbox knows events that took effect after all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from stack.dead_letters import SUBJECT, asked
from stack.errors import ConsumerUnknown
from stack.nats import DEAD_LETTERS, EVENTS


async def replay(url: str, consumer: str, *, first: int = 1) -> int:
    """Put back all that stand there now, the oldest first.

    Each is taken out of its stream once it stands where its consumer reads; where this breaks off
    between the two and is asked again within five minutes, it is put back once.

    Args:
        url: NATS, as `admin`.
        consumer: durable name, such as `tweets_author_cards`.
        first: sequence in the stream of dead letters to begin at.

    Returns:
        How many.

    Raises:
        ConsumerUnknown: no service reads by that name.
        BusRefused: NATS is away or would not.
    """
    async with asked(url) as jetstream:
        await _check(jetstream, consumer)
        return await _put_back(jetstream, consumer, first)


async def _check(jetstream: JetStreamContext, consumer: str) -> None:
    known = sorted(found.name for found in await jetstream.consumers_info(EVENTS))
    if consumer not in known:
        raise ConsumerUnknown(name=consumer, known=", ".join(known) or "nobody yet")


async def _put_back(jetstream: JetStreamContext, consumer: str, first: int) -> int:
    # What fails again meanwhile comes after that, and is for the next time.
    last = (await jetstream.stream_info(DEAD_LETTERS)).state.last_seq
    count = 0
    letter = await _next(jetstream, consumer, first)
    while letter is not None and (letter.seq or 0) <= last:
        subject = f"mt.replay.{consumer}"
        await jetstream.publish(subject, letter.data or b"", headers=_headers(consumer, letter))
        await jetstream.delete_msg(DEAD_LETTERS, letter.seq or 0)
        count += 1
        letter = await _next(jetstream, consumer, (letter.seq or 0) + 1)
    return count


async def _next(jetstream: JetStreamContext, consumer: str, sequence: int) -> RawStreamMsg | None:
    try:
        subject = f"{SUBJECT}.{consumer}"
        return await jetstream.get_msg(DEAD_LETTERS, sequence, subject, next=True)
    except NotFoundError:
        return None


def _headers(consumer: str, letter: RawStreamMsg) -> dict[str, str]:
    own = cast("Mapping[str, str]", letter.headers or {})
    # Where it stood at first, should it fail again.
    kept = {name: own[name] for name in ("x-mt-subject",) if name in own}
    return {"Nats-Msg-Id": f"replay.{consumer}.{letter.seq}", **kept}
