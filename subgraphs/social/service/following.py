"""Follow and unfollow: set operations, so repeating one is a success that changes nothing."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias
from uuid import UUID

from chassis.neo4j import Graph, Tx, record
from chassis.telemetry import traced
from subgraphs.social import events
from subgraphs.social.model.errors import SelfFollow, UserMissing
from subgraphs.social.model.values import Change, Follow
from subgraphs.social.service.people import People
from subgraphs.social.store.following import add_follow, remove_follow

Step: TypeAlias = Callable[[Tx, UUID, UUID, int], Awaitable[Change | None]]


class Follows:
    """Changes who follows whom: edge, actor's version and event in one transaction.

    Args:
        graph: holds the edges.
        people: finds out whether somebody exists whom the graph does not know yet.
        ring: tells the relay that there is an event to send.
    """

    def __init__(self, graph: Graph, people: People, ring: Callable[[], None]) -> None:
        self._graph = graph
        self._people = people
        self._ring = ring

    @traced
    async def follow(self, actor: UUID, target: UUID) -> Change:
        """Have `actor` follow `target`.

        Raises:
            SelfFollow: they are one.
            UserMissing: no such target.
            UsersUnavailable: the target is not known here, and users did not answer.
            StoreUnavailable: Neo4j is away.
        """
        return await self._change(actor, target, add_follow, "added")

    @traced
    async def unfollow(self, actor: UUID, target: UUID) -> Change:
        """Have `actor` no longer follow `target`; raises as `follow` does."""
        return await self._change(actor, target, remove_follow, "removed")

    async def _change(
        self, actor: UUID, target: UUID, step: Step, kind: Literal["added", "removed"]
    ) -> Change:
        if actor == target:
            raise SelfFollow(("userId",))
        at_ms = time.time_ns() // 1_000_000

        async def work(tx: Tx) -> Change | None:
            change = await step(tx, actor, target, at_ms)
            if change is not None and change.changed:
                follow = Follow(actor, target, at_ms, change.version)
                await record(tx, events.follow_changed(follow, kind))
            return change

        change = await self._graph.write(work)
        if change is None and await self._people.ensure(actor, target):
            change = await self._graph.write(work)
        if change is None:
            raise UserMissing(("userId",))
        if change.changed:
            self._ring()
        return change
