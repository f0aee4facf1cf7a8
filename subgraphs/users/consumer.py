"""Questions in: other services ask for author cards over NATS request-reply."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, cast
from uuid import UUID

from subgraphs.users.model.values import User
from subgraphs.users.service import reading
from subgraphs.users.service.resources import Resources

CARDS_SUBJECT: Final = "mt.ask.users.cards"
QUEUE: Final = "users"
LARGEST_QUESTION: Final = 100


class QuestionInvalid(Exception):
    """Ask with {"userIds": [1 to 100 UUIDs]}."""


async def answer_cards(resources: Resources, question: bytes) -> bytes:
    """Answer `{"userIds": […]}` with `{"cards": […]}`; unknown ids are left out.

    What is no question is answered `{"error": {"code": "BAD_INPUT", "message"}}`: an exception
    here would leave the asker waiting for its timeout.
    """
    try:
        ids = read_question(question)
    except QuestionInvalid:
        fault = {"code": "BAD_INPUT", "message": QuestionInvalid.__doc__}
        return json.dumps({"error": fault}).encode()
    found = await reading.users_by_id(resources, ids)
    return json.dumps({"cards": [card_of(user) for user in found.values()]}).encode()


def read_question(question: bytes) -> Sequence[UUID]:
    """Read the ids that are asked for.

    Raises:
        QuestionInvalid: not JSON, not 1 to 100 ids, or not UUIDs.
    """
    try:
        ids = cast("object", json.loads(question)["userIds"])
        if not isinstance(ids, list) or not 1 <= len(cast("list[object]", ids)) <= LARGEST_QUESTION:
            raise QuestionInvalid
        return [UUID(cast("str", text)) for text in cast("list[object]", ids)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise QuestionInvalid from error


def card_of(user: User) -> dict[str, object]:
    """Show what stands beside a text of this user."""
    return {
        "userId": str(user.id),
        "username": user.username,
        "displayName": user.display_name,
        "avatar": None,
        "version": user.version,
    }
