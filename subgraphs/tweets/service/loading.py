"""Load world files: JSON lines of tweets, likes and users (whose cards are kept)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from chassis.exports import Line, any_text, read_lines
from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.tweets.model.errors import TextRefused, WorldRefused
from subgraphs.tweets.model.text import read_text, words
from subgraphs.tweets.model.values import AuthorCard
from subgraphs.tweets.store import cards, reading, world


@dataclass
class TweetLine:
    """A tweet of a world file, before its thread is known."""

    line: Line
    id: UUID
    author_id: UUID
    text: str
    created_at: datetime
    reply_to_id: UUID | None


@dataclass
class World:
    """What a file holds."""

    tweets: list[TweetLine] = field(default_factory=list[TweetLine])
    likes: list[world.StagedLike] = field(default_factory=list[world.StagedLike])
    cards: list[AuthorCard] = field(default_factory=list[AuthorCard])


@traced
async def load(database: Database, path: Path) -> int:
    """Load one world file in one transaction; what is there already is left as it is.

    Returns:
        How many objects the file holds.

    Raises:
        WorldRefused: a line cannot be used; nothing of the file is written.
        OSError: the file cannot be read.
    """
    found = read_world(path)
    async with database.transaction() as session:
        await world.take_time(session)
        for start in range(0, len(found.cards), 1_000):
            await cards.store_cards(session, found.cards[start : start + 1_000])
        if found.tweets:
            parents = {tweet.reply_to_id for tweet in found.tweets if tweet.reply_to_id}
            outside = parents - {tweet.id for tweet in found.tweets}
            known = await reading.tweets_by_id(session, list(outside))
            threads = {tweet.id: (tweet.author_id, tweet.root_id) for tweet in known.values()}
            await world.load_tweets(session, _staged(found.tweets, threads))
        if found.likes:
            orphan = await world.load_likes(session, found.likes)
            if orphan is not None:
                raise Line(path.name, orphan, {}, WorldRefused).refuse(
                    "tweetId", "there is no such tweet"
                )
    return len(found.tweets) + len(found.likes) + len(found.cards)


def read_world(path: Path) -> World:
    """Read and check every line of a file."""
    found = World()
    for line in read_lines(path, WorldRefused):
        if "userId" in line.fields:
            found.likes.append(_like(line))
        elif "username" in line.fields:
            found.cards.append(_card(line))
        else:
            found.tweets.append(_tweet(line))
    return found


def _tweet(line: Line) -> TweetLine:
    return TweetLine(
        line=line,
        id=line.take("id", UUID),
        author_id=line.take("authorId", UUID),
        text=line.take("text", _text),
        created_at=line.take("createdAt", _time),
        reply_to_id=line.take("replyToId", lambda text: None if text is None else UUID(text)),
    )


def _text(value: Any) -> str:
    try:
        return read_text(value)
    except TextRefused as error:
        raise ValueError(error) from None


def _like(line: Line) -> world.StagedLike:
    user_id, tweet_id = line.take("userId", UUID), line.take("tweetId", UUID)
    at = line.take("at", _time)
    return tweet_id, user_id, _like_id(tweet_id, user_id, at), at, line.number


def _card(line: Line) -> AuthorCard:
    # Version 0: whatever users says later is newer.
    return AuthorCard(
        user_id=line.take("id", UUID),
        username=line.take("username", any_text),
        display_name=line.take("displayName", any_text),
        avatar=None,
        version=0,
    )


def _staged(
    tweets: Sequence[TweetLine], threads: dict[UUID, tuple[UUID, UUID]]
) -> Sequence[world.StagedTweet]:
    """Give each tweet its parent's author and its root; a parent stands before its replies."""
    staged: list[world.StagedTweet] = []
    for tweet in tweets:
        parent_author, root = None, tweet.id
        if tweet.reply_to_id is not None:
            if tweet.reply_to_id not in threads:
                raise tweet.line.refuse("replyToId", "there is no such tweet before this line")
            parent_author, root = threads[tweet.reply_to_id]
        threads[tweet.id] = (tweet.author_id, root)
        staged.append(
            (
                tweet.id,
                tweet.author_id,
                tweet.text,
                words(tweet.text),
                tweet.created_at,
                tweet.reply_to_id,
                parent_author,
                root,
            )
        )
    return staged


def _like_id(tweet_id: UUID, user_id: UUID, at: datetime) -> UUID:
    """Make a UUIDv7 of the like's time that is the same in every load."""
    bits = int.from_bytes(hashlib.sha256(tweet_id.bytes + user_id.bytes).digest()[:10])
    head = round(at.timestamp() * 1000) << 80
    version, variant = 7 << 76, 2 << 62
    return UUID(int=head | version | (bits >> 68 << 64) | variant | (bits & ((1 << 62) - 1)))


def _time(text: Any) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("has no time zone")
    return time
