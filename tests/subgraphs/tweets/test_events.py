"""Events out, over the outbox and a real NATS, held to the schemas in schema/events/."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from nats.aio.msg import Msg
from sqlalchemy import text

from chassis.bus import Bus
from chassis.envelope import Envelope, uuid7
from chassis.postgres import Database
from stack.nats import Nats
from subgraphs.tweets.app import create_app
from subgraphs.tweets.model.ids import TWEET, parse_global_id
from tests.servers import RunningServer
from tests.subgraphs.tweets.asking import Asker, lifespan, settings_for
from tests.subgraphs.tweets.waiting import until

SCHEMAS = Path(__file__).resolve().parents[3] / "schema" / "events"
ANN, BOB = uuid7(), uuid7()


class Heard:
    """What the service published, in order, each held to its schema."""

    def __init__(self) -> None:
        self.events: list[Envelope] = []

    async def hear(self, message: Msg) -> None:
        self.events.append(Envelope.from_bytes(message.data))

    async def of(self, id: UUID, count: int) -> list[Envelope]:
        """Wait for `count` events about a tweet."""

        async def enough() -> list[Envelope] | None:
            found = [event for event in self.events if event.subject == str(id)]
            return found if len(found) >= count else None

        return await until(enough)


def check(event: Envelope) -> None:
    schema = json.loads((SCHEMAS / f"{event.type}.v1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(dict(event.data), schema)
    assert event.dataschema == schema["$id"] == f"{event.type}.v1"
    assert event.source == "tweets"
    assert "text" not in event.data


@pytest.fixture
async def heard(nats_server: Nats) -> AsyncIterator[Heard]:
    heard = Heard()
    bus = await Bus.connect(nats_server.url, "test")
    await bus.client.subscribe("mt.v1.tweets.>", cb=heard.hear)
    await bus.client.flush()
    yield heard
    await bus.close()


def uuid_of(id: str) -> UUID:
    found = parse_global_id(TWEET, id)
    assert found is not None
    return found


async def test_every_change_is_told_with_ids_only_and_in_order(asker: Asker, heard: Heard):
    root = await asker.posted(ANN, "root")
    reply = await asker.posted(BOB, "reply", reply_to=root)
    deep = await asker.posted(ANN, "deep", reply_to=reply)
    for _ in range(2):
        await asker.act("likeTweet", BOB, root)
    await asker.act("unlikeTweet", BOB, root)
    await asker.act("deleteTweet", ANN, root)
    await asker.act("deleteTweet", BOB, reply)

    events = await heard.of(uuid_of(root), 4)
    assert [(event.type, event.aggversion) for event in events] == [
        ("tweets.tweet.posted", 1),
        ("tweets.like.added", 2),
        ("tweets.like.removed", 3),
        ("tweets.tweet.deleted", 4),
    ]
    assert events[0].data["replyTo"] is None
    assert events[1].data["actorId"] == str(BOB)
    posted, deleted = await heard.of(uuid_of(reply), 2)
    # The parent is gone by the second, which tells the same all the same.
    assert posted.data == deleted.data
    assert posted.data["replyTo"] == {"tweetId": str(uuid_of(root)), "authorId": str(ANN)}
    [deep_posted] = await heard.of(uuid_of(deep), 1)
    assert deep_posted.data["rootId"] == str(uuid_of(root))
    for event in heard.events:
        check(event)


async def test_the_schemas_refuse_what_is_not_agreed():
    for path in SCHEMAS.glob("tweets.*.json"):
        schema = json.loads(path.read_text())
        for data in ({}, {"tweetId": "x"}, {"text": "secret"}):
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(data, schema)


async def test_a_replay_tells_nothing_again(asker: Asker, database: Database):
    for _ in range(3):
        await asker.post(ANN, "once", key="k")
    async with database.session() as session:
        assert await session.scalar(text("SELECT count(*) FROM outbox")) == 1


async def test_nats_away_never_blocks_a_post_and_the_event_comes_later(
    database: Database, own_nats_server: RunningServer
):
    server: Any = own_nats_server.server
    own_nats_server.stop()
    app = create_app(settings_for(database.url, server.url_for("tweets")))
    async with lifespan(app):
        asker = Asker(app)
        async with asyncio.timeout(5):
            made = await asker.posted(ANN, "into the dark")
        assert (await asker.act("likeTweet", BOB, made))["tweet"]["likeCount"] == 1
        own_nats_server.start()
        bus = await Bus.connect(server.url, "test")

        async def stored() -> bool:
            async with database.session() as session:
                query = text("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
                return await session.scalar(query) == 0

        await until(stored)
        info = await bus.jetstream.stream_info("MT")
        assert info.state.messages == 2
        await bus.close()
