"""Events in: users' accounts and profiles feed the author cards."""

from __future__ import annotations

from typing import Final

from chassis.envelope import PREFIX, Envelope
from chassis.telemetry import traced
from subgraphs.tweets.events import ACCOUNT_CREATED, PROFILE_UPDATED, created_user
from subgraphs.tweets.service.authors import Authors

DURABLE: Final = "tweets_author_cards"
SUBJECTS: Final = (f"{PREFIX}{ACCOUNT_CREATED}", f"{PREFIX}{PROFILE_UPDATED}")


class AuthorCardConsumer:
    """Handles each event on `SUBJECTS` with the effect of once, in any order.

    Args:
        authors: keeps the cards.
    """

    def __init__(self, authors: Authors) -> None:
        self._authors = authors
        self._rename = authors.renaming(DURABLE)

    @traced
    async def handle(self, event: Envelope) -> None:
        """Bring the author cards up to date.

        A new account's event holds only its id, so users is asked for the card ahead of the
        first reader; no answer is no failure, since the first reader asks again.

        Raises:
            EventMalformed: the event lacks what its schema promises; it will be dead-lettered.
        """
        if event.type == ACCOUNT_CREATED:
            await self._authors.cards([created_user(event)])
        elif event.type == PROFILE_UPDATED:
            await self._rename(event)
