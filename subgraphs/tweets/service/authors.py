"""Author cards: fed by users' events, and asked for once where no event has come yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.bus import BusUnavailable
from chassis.envelope import Envelope
from chassis.inbox import once
from chassis.postgres import Database, StoreUnavailable, handle_once
from chassis.telemetry import traced
from subgraphs.tweets import events
from subgraphs.tweets.events import EventMalformed
from subgraphs.tweets.model.values import AuthorCard
from subgraphs.tweets.store import cards as store

# (subject, question) → answer; raises BusUnavailable.
Request: TypeAlias = Callable[[str, bytes], Awaitable[bytes]]
# `None`: users answered, and knows no such person.
Answer: TypeAlias = "Mapping[UUID, AuthorCard | None]"

_log: Final = structlog.get_logger(__name__)


class Authors:
    """Finds out who wrote, one question to users at most per person at a time.

    Args:
        database: holds the cards.
        request: asks another service over NATS.
    """

    def __init__(self, database: Database, request: Request) -> None:
        self._database = database
        self._request = request
        self._asked: dict[UUID, asyncio.Task[Answer]] = {}

    @traced
    async def cards(self, ids: Sequence[UUID]) -> Answer:
        """Give the cards of authors: stored ones, and the rest asked of users in one question.

        Returns:
            A card for each author, `None` for one that does not exist. An author is left out
            when the card is not stored and users did not answer.
        """
        async with self._database.session() as session:
            found: dict[UUID, AuthorCard | None] = dict(await store.cards_by_user(session, ids))
        missing = [user for user in dict.fromkeys(ids) if user not in found]
        for task in self._ask(missing):
            # Shielded: whoever goes away must not take the answer from the others.
            answer = await asyncio.shield(task)
            found.update((user, answer[user]) for user in missing if user in answer)
        return found

    def _ask(self, missing: Sequence[UUID]) -> Sequence[asyncio.Task[Answer]]:
        """Ask for those that nobody has asked for yet; give all the questions under way."""
        fresh = [user for user in missing if user not in self._asked]
        for start in range(0, len(fresh), events.MOST_CARDS_ASKED):
            part = fresh[start : start + events.MOST_CARDS_ASKED]
            task = asyncio.create_task(self._fetch(part))
            self._asked.update(dict.fromkeys(part, task))
        return list(dict.fromkeys(self._asked[user] for user in missing))

    async def _fetch(self, ids: Sequence[UUID]) -> Answer:
        try:
            return await self._ask_and_store(ids)
        except (BusUnavailable, EventMalformed, StoreUnavailable) as error:
            _log.warning("author_cards_unavailable", users=len(ids), reason=type(error).__name__)
            return {}
        finally:
            for user in ids:
                del self._asked[user]

    @traced
    async def _ask_and_store(self, ids: Sequence[UUID]) -> Answer:
        answer = await self._request(events.ASK_CARDS, events.ask_for_cards(ids))
        cards = [card for card in events.answered_cards(answer) if card.user_id in ids]
        async with self._database.transaction() as session:
            await store.store_cards(session, cards)
        return dict.fromkeys(ids) | {card.user_id: card for card in cards}

    def renaming(self, consumer: str) -> Callable[[Envelope], Awaitable[None]]:
        """Give what takes over the names of a changed profile: once per event, unless newer stand.

        Args:
            consumer: the durable's name, under which events are remembered.
        """
        return once(consumer, self._database.transaction, handle_once, _rename)


@traced
async def _rename(session: AsyncSession, event: Envelope) -> None:
    await store.store_name(session, events.updated_name(event))
