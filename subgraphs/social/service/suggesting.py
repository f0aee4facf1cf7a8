"""Whom to follow: candidates over two hops, then three, then what everybody follows.

Source: circle of trust and its strongest 200, Gupta et al., "WTF: The Who to Follow Service at
Twitter", WWW 2013; the weight 1/log of a common neighbour's degree, Adamic and Adar, "Friends and
neighbors on the Web", Social Networks 25 (2003).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Final, LiteralString
from uuid import UUID

from chassis.neo4j import Graph
from chassis.telemetry import traced
from subgraphs.social.model.values import (
    FollowedBy,
    FollowsYou,
    NewHere,
    Page,
    Placed,
    Popular,
    Position,
    Reason,
    Suggestion,
    Window,
)
from subgraphs.social.store import suggesting as store
from subgraphs.social.store.suggesting import Candidate

# Fewer than this, and the next kind of candidates joins in.
FEW: Final = 20
MOST_FILLERS: Final = 50
# Somebody who follows the viewer counts as much as a close circle of common acquaintances.
FOLLOWS_ME: Final = 0.5
# Who is followed by many is met over two hops anyway; measured on the Reed98 graph.
POPULARITY: Final = 0.3
SMOOTHING: Final = 5
# Half of the score is lost by whoever never posts.
HALF_LIFE_DAYS: Final = 30.0
_DAY_MS: Final = 86_400_000
# Positions are whole numbers: a float does not survive every JSON reader.
MICRO: Final = 1_000_000
NEARBY, FARTHER, KNOWN_TO_MANY, NEWCOMERS = 3, 2, 1, 0


@traced
async def suggest(graph: Graph, viewer: UUID, part: Window) -> Page[Suggestion]:
    """Give a window of whom the viewer might follow, best first.

    A position holds the moment at which the first page was made: later pages are scored as of
    then, so that they go on with the same list.
    """
    as_of = time.time_ns() // 1_000_000 if part.after is None else part.after.keys[0]
    placed = await _ranked(graph, viewer, as_of)
    if part.after is not None:
        bound = (part.after.keys, part.after.id)
        placed = [one for one in placed if _place(one) < bound]
    return Page(
        placed[: part.first],
        has_next=len(placed) > part.first,
        has_previous=part.after is not None,
    )


def score(candidate: Candidate, as_of_ms: int) -> float:
    """Weigh a candidate.

    The circle of common acquaintances and whether this one follows the viewer, times how recently
    this one posted (1 now, half when never), divided by a power of how many follow this one.
    """
    follows_me = FOLLOWS_ME if candidate.since_ms is not None else 0.0
    bias = (candidate.followers + SMOOTHING) ** POPULARITY
    return (candidate.circle + follows_me) * recency(candidate.posted_ms, as_of_ms) / bias


def recency(posted_ms: int | None, as_of_ms: int) -> float:
    """Weigh the time of the last post: 1 just now, 0.75 after 30 days, 0.5 for never."""
    if posted_ms is None:
        return 0.5
    days = max(0, as_of_ms - posted_ms) / _DAY_MS
    return 0.5 + 0.5 * 0.5 ** (days / HALF_LIFE_DAYS)


async def _ranked(graph: Graph, viewer: UUID, as_of: int) -> Sequence[Placed[Suggestion]]:
    found: dict[UUID, Placed[Suggestion]] = {}

    def add(tier: int, candidates: Iterable[Candidate]) -> None:
        for one in candidates:
            found.setdefault(one.user_id, _placed(tier, one, as_of))

    nearby = (store.TWO_HOPS, store.FOLLOW_THE_VIEWER)
    for those in await asyncio.gather(*(store.candidates(graph, one, viewer) for one in nearby)):
        add(NEARBY, those)
    for tier, kind in _FILLERS:
        if len(found) < FEW:
            add(tier, await store.candidates(graph, kind, viewer, MOST_FILLERS))
    return sorted(found.values(), key=_place, reverse=True)


_FILLERS: Final[Sequence[tuple[int, LiteralString]]] = (
    (FARTHER, store.THREE_HOPS),
    (KNOWN_TO_MANY, store.POPULAR),
    (NEWCOMERS, store.NEWEST),
)


def _place(one: Placed[Suggestion]) -> tuple[tuple[int, ...], UUID]:
    return one.position.keys, one.position.id


def _placed(tier: int, one: Candidate, as_of: int) -> Placed[Suggestion]:
    worth = _worth(tier, one, as_of)
    position = Position((as_of, tier, round(worth * MICRO)), one.user_id)
    return Placed(position, Suggestion(one.user_id, worth, reasons(tier, one)))


def _worth(tier: int, one: Candidate, as_of: int) -> float:
    if tier == KNOWN_TO_MANY:
        return float(one.followers)
    if tier == NEWCOMERS:
        return (one.joined_ms or 0) / MICRO
    return score(one, as_of)


def reasons(tier: int, one: Candidate) -> tuple[Reason, ...]:
    """Say why somebody is suggested; there is always a reason."""
    said: list[Reason] = []
    if one.total:
        said.append(FollowedBy(one.by, one.total))
    if one.since_ms is not None:
        said.append(FollowsYou(one.since_ms))
    if tier in (FARTHER, KNOWN_TO_MANY):
        said.append(Popular(one.followers))
    if tier == NEWCOMERS:
        said.append(NewHere(one.joined_ms or 0))
    return tuple(said)
