"""Ask the served app as the router does: signed, in this process, over ASGI."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Engine, event
from starlette.types import ASGIApp, Message

from chassis.envelope import uuid7
from chassis.identity import Viewer, sign_claims
from subgraphs.tweets.model.ids import TWEET, USER, global_id
from subgraphs.tweets.settings import TweetsSettings

ROUTER_SECRET = "the router's secret in these tests"
CURSOR_SECRET = "the secret of cursors in these tests"

TWEET_FIELDS = """
    id text createdAt likeCount replyCount
    author { id username displayName avatar { key url thumbnailUrl blurhash } }
    viewerState { liked }
    replyTo { __typename ... on Tweet { id text } ... on TweetTombstone { id reason } }
"""


def settings_for(database_url: str, nats_url: str) -> TweetsSettings:
    return TweetsSettings(
        host="127.0.0.1",
        port=0,
        nats_url=nats_url,
        router_secret=ROUTER_SECRET,
        cursor_secret=CURSOR_SECRET,
        traces="off",
        log_level="info",
        database_url=database_url,
    )


def tweet_id(id: UUID) -> str:
    return global_id(TWEET, id)


def user_id(id: UUID) -> str:
    return global_id(USER, id)


def signed(body: bytes, viewer: UUID | None) -> dict[str, str]:
    claims = viewer and Viewer(
        id=str(viewer),
        session_id=str(uuid7()),
        scopes=frozenset(),
        expires_at=int(time.time()) + 600,
    )
    headers = sign_claims(ROUTER_SECRET.encode(), body, claims)
    return {"content-type": "application/json", **headers}


class Asker:
    """A router of one line: signs, asks, gives the JSON of the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://tweets.test"
        )

    async def ask(self, document: str, /, viewer: UUID | None = None, **variables: Any) -> Any:
        body = json.dumps({"query": document, "variables": variables}).encode()
        answer = await self.http.post("/graphql", content=body, headers=signed(body, viewer))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def data(self, document: str, /, viewer: UUID | None = None, **variables: Any) -> Any:
        answer = await self.ask(document, viewer, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def post(
        self, author: UUID, text: str, *, reply_to: str | None = None, key: str | None = None
    ) -> Any:
        query = """mutation ($input: PostTweetInput!) { postTweet(input: $input) {
            __typename
            ... on TweetPayload { token tweet { id text likeCount replyCount } }
            ... on UserError { message code field } } }"""
        given = {
            "text": text,
            "replyToId": reply_to,
            "idempotencyKey": str(uuid7()) if key is None else key,
        }
        return (await self.data(query, author, input=given))["postTweet"]

    async def posted(self, author: UUID, text: str, *, reply_to: str | None = None) -> str:
        return (await self.post(author, text, reply_to=reply_to))["tweet"]["id"]

    async def act(self, action: str, viewer: UUID, id: str) -> Any:
        done = (
            "... on TweetDeleted { id token }"
            if action == "deleteTweet"
            else "... on TweetPayload { token tweet { id likeCount viewerState { liked } } }"
        )
        query = f"""mutation ($id: ID!) {{ {action}(id: $id) {{
            __typename {done} ... on UserError {{ message code field }} }} }}"""
        return (await self.data(query, viewer, id=id))[action]

    async def tweet(self, id: str, fields: str, viewer: UUID | None = None, **given: Any) -> Any:
        query = f"query ($id: ID!) {{ tweet(id: $id) {{ {fields} }} }}"
        return (await self.data(query, viewer, id=id, **given))["tweet"]

    async def user(self, user: UUID, fields: str, viewer: UUID | None = None) -> Any:
        query = f"""query ($all: [_Any!]!) {{
            _entities(representations: $all) {{ ... on User {{ {fields} }} }} }}"""
        representation = {"__typename": "User", "id": user_id(user)}
        return (await self.data(query, viewer, all=[representation]))["_entities"][0]


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncGenerator[None, None]:
    """Run an app's startup before the block and its shutdown after it."""
    told: asyncio.Queue[Message] = asyncio.Queue()
    said: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    running = asyncio.ensure_future(app(scope, told.get, said.put))
    await told.put({"type": "lifespan.startup"})
    started = await said.get()
    assert started["type"] == "lifespan.startup.complete", started
    try:
        yield
    finally:
        await told.put({"type": "lifespan.shutdown"})
        assert (await said.get())["type"] == "lifespan.shutdown.complete"
        await running


# It reads and cleans the outbox, and cleans the inbox with it.
OF_THE_RELAY = ("outbox", "DELETE FROM inbox")


@contextmanager
def statements() -> Generator[list[str], None, None]:
    """Collect the SQL that this process sends meanwhile, but for the relay's."""
    sent: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not any(words in statement for words in OF_THE_RELAY):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", remember)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", remember)
