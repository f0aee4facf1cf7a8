"""Events in: what tweets and social tell, as values of this service. It tells no events itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast
from uuid import UUID

from chassis.envelope import Envelope
from subgraphs.timeline.model.errors import TimelineError
from subgraphs.timeline.model.values import Follow, Item, Position, Tweet

TWEET_POSTED: Final = "tweets.tweet.posted"
TWEET_DELETED: Final = "tweets.tweet.deleted"
FOLLOW_ADDED: Final = "social.follow.added"
FOLLOW_REMOVED: Final = "social.follow.removed"


class EventMalformed(TimelineError):
    """An event does not have the fields that its schema promises."""


def told_tweet(event: Envelope) -> Tweet:
    """Read which tweet was posted or deleted.

    Raises:
        EventMalformed: a field is missing or of another type.
    """
    try:
        return tweet_of(event.data, event.aggversion, deleted=event.type == TWEET_DELETED)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise EventMalformed from error


def told_follow(event: Envelope) -> Follow:
    """Read which follow began or ended.

    Raises:
        EventMalformed: a field is missing or of another type.
    """
    data: Mapping[str, Any] = event.data
    try:
        return Follow(
            actor_id=UUID(data["actorId"]),
            target_id=UUID(data["targetId"]),
            version=event.aggversion,
            active=event.type == FOLLOW_ADDED,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise EventMalformed from error


def tweet_of(data: Mapping[str, Any], version: int, *, deleted: bool) -> Tweet:
    """Read a tweet as events and exports write it.

    Raises:
        KeyError, ValueError, TypeError, AttributeError: it is not written so.
    """
    reply_to = cast("Mapping[str, Any] | None", data["replyTo"])
    position = Position(_milliseconds(data["createdMs"]), UUID(data["tweetId"]))
    return Tweet(
        item=Item(
            position,
            UUID(data["authorId"]),
            None if reply_to is None else UUID(reply_to["authorId"]),
        ),
        reply_to_id=None if reply_to is None else UUID(reply_to["tweetId"]),
        root_id=UUID(data["rootId"]),
        version=version,
        deleted=deleted,
    )


def _milliseconds(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 53:
        raise ValueError(value)
    return value
