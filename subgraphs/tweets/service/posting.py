"""Post and delete."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.envelope import uuid7
from chassis.postgres import Database, record
from chassis.telemetry import traced
from subgraphs.tweets import events
from subgraphs.tweets.model.errors import KeyRefused, KeyReused, NotTheAuthor, TweetMissing
from subgraphs.tweets.model.ids import time_of
from subgraphs.tweets.model.text import read_text, storable
from subgraphs.tweets.model.values import NewTweet, Tweet
from subgraphs.tweets.store import reading, threads, writing

LONGEST_KEY: Final = 128


def new_tweet(author_id: UUID, text: str, reply_to_id: UUID | None, key: str) -> NewTweet:
    """Check what an author asks to post.

    Raises:
        TextRefused: the text cannot be posted; names `text`.
        KeyRefused: the key is empty, too long or not storable; names `idempotencyKey`.
    """
    if not 1 <= len(key) <= LONGEST_KEY or not storable(key):
        raise KeyRefused(("input", "idempotencyKey"))
    return NewTweet(author_id, read_text(text), reply_to_id, key)


@traced
async def post(database: Database, new: NewTweet) -> Tweet:
    """Post a tweet once per idempotency key, with its event, in one transaction.

    Returns:
        The new tweet; on a replay of the key the tweet that it made, as it is now.

    Raises:
        KeyReused: the key made another tweet; names `idempotencyKey`.
        TweetMissing: the parent does not exist (names `replyToId`), or the tweet that this key
            made was deleted since.
        StoreUnavailable: Postgres is away or slow; nothing was written.
    """
    fresh = uuid7()
    digest = _digest(new)
    async with database.transaction() as session:
        if holder := await writing.claim_key(session, new, fresh, digest):
            return await _replay(session, holder, digest)
        tweet = await _place(session, new, fresh)
        await writing.insert_tweet(session, tweet)
        await record(session, events.tweet_posted(tweet))
        if tweet.reply_to_id is not None:
            await threads.append(session, tweet, gone=False)
        return tweet


async def _place(session: AsyncSession, new: NewTweet, id: UUID) -> Tweet:
    """Make the tweet and count it at its parent."""
    tweet = Tweet(
        id=id,
        author_id=new.author_id,
        text=new.text,
        created_at=time_of(id),
        reply_to_id=None,
        reply_to_author_id=None,
        root_id=id,
        like_count=0,
        reply_count=0,
        version=1,
    )
    if new.reply_to_id is None:
        return tweet
    parent = await writing.lock_tweet(session, new.reply_to_id, to="change")
    if parent is None:
        raise TweetMissing(("input", "replyToId"))
    await writing.add_to_reply_count(session, parent.id, 1)
    return dataclasses.replace(
        tweet,
        reply_to_id=parent.id,
        reply_to_author_id=parent.author_id,
        root_id=parent.root_id,
    )


async def _replay(session: AsyncSession, holder: tuple[UUID, bytes], digest: bytes) -> Tweet:
    tweet_id, first_digest = holder
    if first_digest != digest:
        raise KeyReused(("input", "idempotencyKey"))
    found = await reading.tweets_by_id(session, [tweet_id])
    if tweet_id not in found:
        raise TweetMissing
    return found[tweet_id]


def _digest(new: NewTweet) -> bytes:
    """Tell two inputs under one key apart."""
    reply_to = new.reply_to_id and str(new.reply_to_id)
    return hashlib.sha256(json.dumps([new.text, reply_to]).encode()).digest()


@traced
async def delete(database: Database, author_id: UUID, id: UUID) -> Tweet:
    """Delete one's own tweet with its likes; the replies stay.

    Returns:
        The tweet as it was, with the version of its deletion.

    Raises:
        TweetMissing: no such tweet, or deleted before.
        NotTheAuthor: it is somebody else's.
    """
    async with database.transaction() as session:
        tweet = await writing.lock_tweet(session, id, to="delete")
        if tweet is None:
            raise TweetMissing(("id",))
        if tweet.author_id != author_id:
            raise NotTheAuthor
        await writing.delete_tweet(session, id)
        if tweet.reply_to_id is not None:
            await writing.add_to_reply_count(session, tweet.reply_to_id, -1)
        gone = dataclasses.replace(tweet, version=tweet.version + 1)
        await record(session, events.tweet_deleted(gone))
        if tweet.root_id != tweet.id:
            await threads.append(session, gone, gone=True)
        return gone
