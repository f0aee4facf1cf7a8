"""Events in: accounts, profiles and posts feed what the graph knows of people."""

from __future__ import annotations

from typing import Final

from chassis.envelope import PREFIX, Envelope
from chassis.telemetry import traced
from subgraphs.social import events
from subgraphs.social.events import ACCOUNT_CREATED, PROFILE_UPDATED, TWEET_POSTED
from subgraphs.social.service.people import People

DURABLE: Final = "social_people"
SUBJECTS: Final = (
    f"{PREFIX}{ACCOUNT_CREATED}",
    f"{PREFIX}{PROFILE_UPDATED}",
    f"{PREFIX}{TWEET_POSTED}",
)


class PeopleConsumer:
    """Handles each event on `SUBJECTS` with the effect of once, in any order.

    Args:
        people: keeps what the graph knows of them.
    """

    def __init__(self, people: People) -> None:
        self._people = people

    @traced
    async def handle(self, event: Envelope) -> None:
        """Bring the graph's knowledge of a person up to date.

        Raises:
            EventMalformed: the event, or the answer about its account, lacks what was agreed; it
                will be dead-lettered.
            UsersUnavailable: the names of a new account could not be asked; it comes again.
            StoreUnavailable: Neo4j is away; it comes again.
        """
        if event.type == ACCOUNT_CREATED:
            created_ms = round(event.time.timestamp() * 1000)
            user = events.created_user(event)
            await self._people.created(DURABLE, event.id, user, created_ms)
        elif event.type == PROFILE_UPDATED:
            await self._people.changed(DURABLE, event.id, events.updated_profile(event))
        elif event.type == TWEET_POSTED:
            author, at_ms = events.posted(event)
            await self._people.posted(DURABLE, event.id, author, at_ms)
