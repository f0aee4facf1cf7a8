"""Author cards: fed by users' events on a real NATS, and asked for where none has come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.bus import Bus
from chassis.envelope import JSON, Envelope, uuid7
from chassis.postgres import Database
from subgraphs.tweets.app import create_app
from subgraphs.tweets.consumer import DURABLE, AuthorCardConsumer
from subgraphs.tweets.events import ASK_CARDS, EventMalformed
from subgraphs.tweets.model.values import AuthorCard, Avatar
from subgraphs.tweets.service.authors import Authors
from subgraphs.tweets.settings import TweetsSettings
from subgraphs.tweets.store import cards
from tests.subgraphs.tweets.asking import Asker, lifespan, statements
from tests.subgraphs.tweets.waiting import until

AUTHOR = "author { username displayName avatar { key url thumbnailUrl blurhash } }"


class Users:
    """Users as far as cards go: answers on NATS and remembers what it was asked."""

    def __init__(self, *known: UUID) -> None:
        self.known = set(known)
        self.asked: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, question: bytes) -> bytes:
        self.asked.append(json.loads(question)["userIds"])
        await self.gate.wait()
        found = [self.card(user) for user in self.asked[-1] if UUID(user) in self.known]
        return json.dumps({"cards": found}).encode()

    def card(self, id: str) -> Mapping[str, Any]:
        avatar = {"key": "k", "url": "u", "thumbnailUrl": "t", "blurhash": None}
        return {
            "userId": id,
            "username": f"u_{id[-6:]}",
            "displayName": "Somebody",
            "avatar": avatar,
            "version": 1,
        }


@pytest.fixture
async def users(users_bus: Bus) -> Users:
    users = Users()
    await users_bus.reply(ASK_CARDS, "users", users.answer)
    return users


def updated(user: UUID, name: str, version: int, **other: JSON) -> Envelope:
    return Envelope.new(
        "users.profile.updated",
        source="users",
        subject=str(user),
        aggversion=version,
        data={
            "userId": str(user),
            "username": name,
            "displayName": name.title(),
            "protected": False,
            "searchable": True,
        }
        | other,
    )


def created(user: UUID) -> Envelope:
    return Envelope.new(
        "users.account.created",
        source="users",
        subject=str(user),
        aggversion=1,
        data={"userId": str(user)},
    )


async def stored(database: Database, user: UUID) -> AuthorCard | None:
    async with database.session() as session:
        return (await cards.cards_by_user(session, [user])).get(user)


async def no_request(_subject: str, _question: bytes) -> bytes:
    raise AssertionError("nothing is asked here")


async def test_events_feed_the_cards(
    settings: TweetsSettings, database: Database, users_bus: Bus, users: Users
):
    ann, bob = uuid7(), uuid7()
    users.known = {bob}
    async with lifespan(create_app(settings)):
        await users_bus.publish(updated(ann, "ann", 2))
        await users_bus.publish(created(bob))
        card = await until(lambda: stored(database, ann))
        assert card == AuthorCard(ann, "ann", "Ann", None, 2)
        card = await until(lambda: stored(database, bob))
        assert card.avatar == Avatar("k", "u", "t", None)


async def test_an_event_counts_once_and_an_older_one_not_at_all(database: Database):
    ann = uuid7()
    consumer = AuthorCardConsumer(Authors(database, no_request))
    second, first = updated(ann, "new", 3), updated(ann, "old", 2)
    for event in (second, second, first, second):
        await consumer.handle(event)
    assert await stored(database, ann) == AuthorCard(ann, "new", "New", None, 3)
    async with database.session() as session:
        query = text("SELECT count(*) FROM inbox WHERE consumer = :consumer")
        assert await session.scalar(query, {"consumer": DURABLE}) == 2


@pytest.mark.parametrize(
    "other", [{"username": None}, {"userId": "nobody"}, {"displayName": 7}, {"userId": 5}]
)
async def test_an_event_without_its_fields_is_refused_and_leaves_nothing(
    database: Database, other: Mapping[str, Any]
):
    ann = uuid7()
    consumer = AuthorCardConsumer(Authors(database, no_request))
    with pytest.raises(EventMalformed):
        await consumer.handle(updated(ann, "ann", 2, **other))
    assert await stored(database, ann) is None


async def page(asker: Asker, viewer: UUID, ids: Sequence[str]) -> Any:
    asked = [{"__typename": "Tweet", "id": tweet} for tweet in ids]
    query = f"""query ($all: [_Any!]!) {{
        _entities(representations: $all) {{ ... on Tweet {{ text {AUTHOR} }} }} }}"""
    return await asker.ask(query, viewer, all=asked)


async def test_right_after_sign_up_a_tweet_has_its_author(
    asker: Asker, users: Users, database: Database
):
    """No event has come and no consumer runs: the owner is asked once, and then never again."""
    ann = uuid7()
    users.known = {ann}
    made = await asker.posted(ann, "my first")
    for _ in range(2):
        tweet = await asker.tweet(made, AUTHOR, ann)
        assert tweet["author"]["displayName"] == "Somebody"
        assert tweet["author"]["avatar"]["key"] == "k"
    assert users.asked == [[str(ann)]]
    assert await stored(database, ann) is not None


async def test_a_mutation_answers_with_its_author(asker: Asker, users: Users):
    ann = uuid7()
    users.known = {ann}
    query = f"""mutation ($input: PostTweetInput!) {{ postTweet(input: $input) {{
        ... on TweetPayload {{ tweet {{ {AUTHOR} }} }} }} }}"""
    data = await asker.data(query, ann, input={"text": "hello", "idempotencyKey": "k"})
    assert data["postTweet"]["tweet"]["author"]["displayName"] == "Somebody"


async def test_a_page_of_missing_authors_is_one_question(asker: Asker, users: Users):
    people = [uuid7() for _ in range(20)]
    users.known = set(people)
    ids = [await asker.posted(person, "hello") for person in people]
    with statements() as sent:
        answer = await page(asker, people[0], ids)
    assert "errors" not in answer
    assert [sorted(asked) for asked in users.asked] == [sorted(map(str, people))]
    # tweets, the cards that are there (none), and those that came
    assert len(sent) == 3


async def test_requests_at_once_share_a_question(asker: Asker, users: Users):
    ann = uuid7()
    users.known = {ann}
    made = await asker.posted(ann, "hello")
    users.gate.clear()
    reading = [asyncio.create_task(asker.tweet(made, AUTHOR, ann)) for _ in range(5)]

    async def asked() -> bool:
        return bool(users.asked)

    await until(asked)
    users.gate.set()
    tweets = await asyncio.gather(*reading)
    assert {tweet["author"]["displayName"] for tweet in tweets} == {"Somebody"}
    assert users.asked == [[str(ann)]]


async def test_an_author_whom_users_does_not_know_is_null_without_an_error(
    asker: Asker, users: Users
):
    ann, gone = uuid7(), uuid7()
    users.known = {ann}
    ids = [await asker.posted(person, "hello") for person in (ann, gone)]
    answer = await page(asker, ann, ids)
    assert "errors" not in answer
    assert answer["data"]["_entities"][0]["author"]["displayName"] == "Somebody"
    assert answer["data"]["_entities"][1] == {"text": "hello", "author": None}


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{}", b'{"cards": [1]}', b'{"cards": [{"userId": "x"}]}', b"\xff"]
)
async def test_a_broken_answer_is_no_author_and_is_asked_again(
    asker: Asker, users_bus: Bus, answer: bytes
):
    asked: list[bytes] = []

    async def broken(question: bytes) -> bytes:
        asked.append(question)
        return answer

    await users_bus.reply(ASK_CARDS, "users", broken)
    ann = uuid7()
    made = await asker.posted(ann, "hello")
    for _ in range(2):
        found = await page(asker, ann, [made])
        assert found["data"]["_entities"] == [{"text": "hello", "author": None}]
        [error] = found["errors"]
        assert error["extensions"] == {"code": "UNAVAILABLE"}
    assert len(asked) == 2


async def test_over_a_hundred_missing_authors_are_asked_in_parts(
    database: Database, users: Users, settings: TweetsSettings
):
    people = [uuid7() for _ in range(150)]
    users.known = set(people)
    bus = await Bus.connect(settings.nats_url, "tweets")
    try:
        found = await Authors(database, bus.request).cards(people)
    finally:
        await bus.close()
    assert set(found) == set(people)
    assert sorted(len(asked) for asked in users.asked) == [50, 100]
