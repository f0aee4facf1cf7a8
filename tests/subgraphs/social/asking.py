"""Ask the served app as the router does: signed, in this process, over ASGI."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
from starlette.types import ASGIApp, Message

from chassis.envelope import uuid7
from chassis.identity import Viewer, sign_claims
from subgraphs.social.events import ask_for_cards
from subgraphs.social.model.ids import USER, global_id
from subgraphs.social.settings import SocialSettings

ROUTER_SECRET = "the router's secret in these tests"
CURSOR_SECRET = "the secret of cursors in these tests"


def settings_for(neo4j_url: str, nats_url: str) -> SocialSettings:
    return SocialSettings(
        host="127.0.0.1",
        port=0,
        nats_url=nats_url,
        router_secret=ROUTER_SECRET,
        cursor_secret=CURSOR_SECRET,
        traces="off",
        log_level="info",
        neo4j_url=neo4j_url,
    )


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


class Users:
    """Users as far as cards go: answers as its owner would, and remembers what it was asked."""

    def __init__(self) -> None:
        self.known: set[UUID] = set()
        self.asked: list[list[str]] = []

    def sign_up(self, count: int) -> list[UUID]:
        made = [uuid7() for _ in range(count)]
        self.known |= set(made)
        return made

    async def answer(self, question: bytes) -> bytes:
        assert json.loads(question).keys() == json.loads(ask_for_cards([])).keys()
        self.asked.append(json.loads(question)["userIds"])
        found = [self.card(user) for user in self.asked[-1] if UUID(user) in self.known]
        return json.dumps({"cards": found}).encode()

    def card(self, id: str) -> dict[str, Any]:
        card = {"userId": id, "username": f"u_{id[-6:]}", "displayName": "Somebody"}
        return card | {"avatar": None, "version": 1}


class Asker:
    """A router of one line: signs, asks, gives the JSON of the answer."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        # Sent with each question, beside the signature.
        self.headers: dict[str, str] = {}

    @classmethod
    def of(cls, app: ASGIApp) -> Asker:
        """Ask an app in this process."""
        transport = httpx.ASGITransport(app)
        return cls(httpx.AsyncClient(transport=transport, base_url="http://social.test"))

    async def ask(self, document: str, /, viewer: UUID | None = None, **variables: Any) -> Any:
        body = json.dumps({"query": document, "variables": variables}).encode()
        headers = self.headers | signed(body, viewer)
        answer = await self.http.post("/graphql", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def data(self, document: str, /, viewer: UUID | None = None, **variables: Any) -> Any:
        answer = await self.ask(document, viewer, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def change(self, action: str, viewer: UUID | None, id: str) -> Any:
        query = f"""mutation ($id: ID!) {{ {action}(userId: $id) {{ __typename
            ... on RelationshipPayload {{ token user {{ id followerCount }}
                relationship {{ following followedBy followingSince }} }}
            ... on UserError {{ message code field }} }} }}"""
        return (await self.data(query, viewer, id=id))[action]

    async def follow(self, viewer: UUID, target: UUID) -> Any:
        return await self.change("follow", viewer, user_id(target))

    async def follows(self, actor: UUID, target: UUID) -> bool:
        """Try once: a graph that has just started may take longer than a transaction may."""
        query = "mutation ($id: ID!) { follow(userId: $id) { __typename } }"
        answer = await self.ask(query, actor, id=user_id(target))
        return answer["data"] == {"follow": {"__typename": "RelationshipPayload"}}

    async def users(self, ids: list[UUID], fields: str, viewer: UUID | None = None) -> Any:
        query = f"""query ($all: [_Any!]!) {{
            _entities(representations: $all) {{ ... on User {{ {fields} }} }} }}"""
        asked = [{"__typename": "User", "id": user_id(user)} for user in ids]
        return await self.ask(query, viewer, all=asked)

    async def user(self, id: UUID, fields: str, viewer: UUID | None = None) -> Any:
        answer = await self.users([id], fields, viewer)
        assert "errors" not in answer, answer
        return answer["data"]["_entities"][0]


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
