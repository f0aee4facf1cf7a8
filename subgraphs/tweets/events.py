"""Events out (ids only, never text) and events in (the author card, as far as users tell it)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from chassis.envelope import Envelope
from subgraphs.tweets.model.errors import TweetsError
from subgraphs.tweets.model.values import AuthorCard, Avatar, Tweet

SOURCE: Final = "tweets"
ACCOUNT_CREATED: Final = "users.account.created"
PROFILE_UPDATED: Final = "users.profile.updated"
ASK_CARDS: Final = "mt.ask.users.cards"
MOST_CARDS_ASKED: Final = 100


class EventMalformed(TweetsError):
    """An event or answer does not have the fields that its schema promises."""


def tweet_posted(tweet: Tweet) -> Envelope:
    """Say that `tweet` was posted."""
    return _about(tweet, "tweets.tweet.posted", placed(tweet))


def tweet_deleted(tweet: Tweet) -> Envelope:
    """Say that `tweet` is gone."""
    return _about(tweet, "tweets.tweet.deleted", placed(tweet))


def like_changed(
    tweet: Tweet, actor: UUID, at_ms: int, change: Literal["added", "removed"]
) -> Envelope:
    """Say that `actor` likes `tweet`, or no longer does, since `at_ms` (Unix milliseconds)."""
    return _about(
        tweet,
        f"tweets.like.{change}",
        {
            "tweetId": str(tweet.id),
            "authorId": str(tweet.author_id),
            "actorId": str(actor),
            "atMs": at_ms,
        },
    )


def _about(tweet: Tweet, type: str, data: Mapping[str, Any]) -> Envelope:
    return Envelope.new(
        type=type, source=SOURCE, subject=str(tweet.id), aggversion=tweet.version, data=data
    )


def placed(tweet: Tweet) -> Mapping[str, Any]:
    """Say where a tweet stands: in ids and times, as events and exports do."""
    reply_to = tweet.reply_to_id and {
        "tweetId": str(tweet.reply_to_id),
        "authorId": str(tweet.reply_to_author_id),
    }
    return {
        "tweetId": str(tweet.id),
        "authorId": str(tweet.author_id),
        "replyTo": reply_to,
        "rootId": str(tweet.root_id),
        "createdMs": round(tweet.created_at.timestamp() * 1000),
    }


def created_user(envelope: Envelope) -> UUID:
    """Read whose account was created.

    Raises:
        EventMalformed: the event lacks the id.
    """
    try:
        return UUID(str(envelope.data["userId"]))
    except (KeyError, ValueError) as error:
        raise EventMalformed from error


def updated_name(envelope: Envelope) -> AuthorCard:
    """Read the names that a profile has now, as a card without an avatar.

    Raises:
        EventMalformed: a field is missing or of another type.
    """
    return _card(envelope.data, None, envelope.aggversion)


def ask_for_cards(ids: Sequence[UUID]) -> bytes:
    """Write the question for the cards of 1 to 100 users."""
    return json.dumps({"userIds": [str(user) for user in ids]}).encode()


def answered_cards(answer: bytes) -> Sequence[AuthorCard]:
    """Read the answer; users that do not exist are left out of it.

    Raises:
        EventMalformed: not the JSON that was agreed.
    """
    try:
        return [
            _card(card, card["avatar"], card["version"]) for card in json.loads(answer)["cards"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise EventMalformed from error


def _card(data: Mapping[str, Any], avatar: Mapping[str, Any] | None, version: int) -> AuthorCard:
    try:
        return AuthorCard(
            user_id=UUID(data["userId"]),
            username=_text(data["username"]),
            display_name=_text(data["displayName"]),
            avatar=None if avatar is None else _avatar(avatar),
            version=int(version),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EventMalformed from error


def _avatar(data: Mapping[str, Any]) -> Avatar:
    blurhash = data.get("blurhash")
    return Avatar(
        key=_text(data["key"]),
        url=_text(data["url"]),
        thumbnail_url=_text(data["thumbnailUrl"]),
        blurhash=None if blurhash is None else _text(blurhash),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
