"""People: fed by events, and asked for once where a follow comes before any event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias
from uuid import UUID

from chassis.bus import BusUnavailable
from chassis.neo4j import Graph, Tx, handle_once
from chassis.telemetry import traced
from subgraphs.social import events
from subgraphs.social.events import EventMalformed
from subgraphs.social.model.errors import UsersUnavailable
from subgraphs.social.model.values import Names, Profile
from subgraphs.social.store import people as store
from subgraphs.social.store import world

# (subject, question) → answer; raises BusUnavailable.
Request: TypeAlias = Callable[[str, bytes], Awaitable[bytes]]


class People:
    """Keeps the graph's knowledge of people.

    Args:
        graph: holds them.
        request: asks another service over NATS.
    """

    def __init__(self, graph: Graph, request: Request) -> None:
        self._graph = graph
        self._request = request

    @traced
    async def ensure(self, actor: UUID, target: UUID) -> bool:
        """Make nodes for two people where they have none; false if `target` does not exist.

        Whoever acts exists, since users gave out the claims. The other is asked of users first.

        Raises:
            UsersUnavailable: users did not answer.
            StoreUnavailable: Neo4j is away.
        """
        here = await store.known(self._graph, [actor, target])
        missing = [user for user in (actor, target) if user not in here]
        try:
            found: Sequence[Names] = await self._ask(missing) if missing else []
        except EventMalformed as error:
            raise UsersUnavailable from error
        if target not in here and target not in {names.user_id for names in found}:
            return False

        async def make(tx: Tx) -> None:
            await world.make_people(tx, missing)
            await store.store_names(tx, found)

        await self._graph.write(make)
        return True

    @traced
    async def created(self, consumer: str, event_id: str, user: UUID, created_ms: int) -> None:
        """Take in a new account, once per event; its names are asked of users.

        Raises:
            UsersUnavailable: users did not answer: the event has to come again.
            EventMalformed: users answered something else than was agreed.
        """
        found = await self._ask([user])

        async def make(tx: Tx) -> None:
            if await handle_once(tx, consumer, event_id) and found:
                await store.store_created(tx, user, created_ms)
                await store.store_names(tx, found)

        await self._graph.write(make)

    @traced
    async def changed(self, consumer: str, event_id: str, profile: Profile) -> None:
        """Take over a changed profile, once per event, unless a newer one stands."""

        async def change(tx: Tx) -> None:
            if await handle_once(tx, consumer, event_id):
                await store.store_profiles(tx, [profile])

        await self._graph.write(change)

    @traced
    async def posted(self, consumer: str, event_id: str, author: UUID, at_ms: int) -> None:
        """Remember when somebody last posted, once per event."""

        async def remember(tx: Tx) -> None:
            if await handle_once(tx, consumer, event_id):
                await store.store_post(tx, author, at_ms)

        await self._graph.write(remember)

    async def _ask(self, ids: Sequence[UUID]) -> Sequence[Names]:
        try:
            answer = await self._request(events.ASK_CARDS, events.ask_for_cards(ids))
        except BusUnavailable as error:
            raise UsersUnavailable from error
        return [names for names in events.answered_names(answer) if names.user_id in ids]
