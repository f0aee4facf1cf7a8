"""Events out (ids only) and events in (people and their posts, as far as the graph needs them)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from chassis.envelope import Envelope
from subgraphs.social.model.errors import SocialError
from subgraphs.social.model.values import Follow, Names, Profile

SOURCE: Final = "social"
ACCOUNT_CREATED: Final = "users.account.created"
PROFILE_UPDATED: Final = "users.profile.updated"
TWEET_POSTED: Final = "tweets.tweet.posted"
ASK_CARDS: Final = "mt.ask.users.cards"


class EventMalformed(SocialError):
    """An event or answer does not have the fields that its schema promises."""


def follow_changed(follow: Follow, change: Literal["added", "removed"]) -> Envelope:
    """Say that the actor follows the target, or no longer does, since `follow.at_ms`."""
    return Envelope.new(
        type=f"social.follow.{change}",
        source=SOURCE,
        subject=str(follow.actor_id),
        aggversion=follow.version,
        data={
            "actorId": str(follow.actor_id),
            "targetId": str(follow.target_id),
            "edgeVersion": follow.version,
            "atMs": follow.at_ms,
        },
    )


def created_user(envelope: Envelope) -> UUID:
    """Read whose account was created.

    Raises:
        EventMalformed: the event lacks the id.
    """
    try:
        return UUID(_text(envelope.data["userId"]))
    except (KeyError, ValueError, TypeError) as error:
        raise EventMalformed from error


def updated_profile(envelope: Envelope) -> Profile:
    """Read what a profile says now.

    Raises:
        EventMalformed: a field is missing or of another type.
    """
    data = envelope.data
    try:
        return Profile(
            names=_names(data, envelope.aggversion),
            protected=_flag(data["protected"]),
            searchable=_flag(data["searchable"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise EventMalformed from error


def posted(envelope: Envelope) -> tuple[UUID, int]:
    """Read who posted, and when (Unix milliseconds).

    Raises:
        EventMalformed: a field is missing or of another type.
    """
    try:
        return UUID(_text(envelope.data["authorId"])), _number(envelope.data["createdMs"])
    except (KeyError, ValueError, TypeError) as error:
        raise EventMalformed from error


def ask_for_cards(ids: Sequence[UUID]) -> bytes:
    """Write the question for the cards of 1 to 100 users."""
    return json.dumps({"userIds": [str(user) for user in ids]}).encode()


def answered_names(answer: bytes) -> Sequence[Names]:
    """Read the names of the answer's cards; users that do not exist are left out of it.

    Raises:
        EventMalformed: not the JSON that was agreed.
    """
    try:
        return [_names(card, _number(card["version"])) for card in json.loads(answer)["cards"]]
    except (ValueError, KeyError, TypeError) as error:
        raise EventMalformed from error


def _names(data: Mapping[str, Any], version: int) -> Names:
    return Names(
        user_id=UUID(_text(data["userId"])),
        username=_text(data["username"]),
        display_name=_text(data["displayName"]),
        version=version,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return value
