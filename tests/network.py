"""The whole system in one process, on real stores and a real NATS; no service opens a port."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from chassis.postgres import run_migrations
from stack.credentials import load_credentials, write_private
from stack.order import SUBGRAPHS
from subgraphs.social.app import create_app as create_social
from subgraphs.social.app import migrate as migrate_social
from subgraphs.social.settings import SocialSettings
from subgraphs.timeline.app import MIGRATIONS as TIMELINE_MIGRATIONS
from subgraphs.timeline.app import create_app as create_timeline
from subgraphs.timeline.settings import TimelineSettings
from subgraphs.tweets.__main__ import MIGRATIONS as TWEETS_MIGRATIONS
from subgraphs.tweets.app import create_app as create_tweets
from subgraphs.tweets.settings import TweetsSettings
from subgraphs.users.app import MIGRATIONS as USERS_MIGRATIONS
from subgraphs.users.app import create_app as create_users
from subgraphs.users.settings import UsersSettings
from supergraph.execute.asgi import AsgiTransport
from supergraph.execute.asgi_lifespan import lifespan
from supergraph.serve.app import create_app as create_router
from supergraph.serve.authenticate import Authenticator
from supergraph.serve.configuration import (
    AuthSection,
    Configuration,
    RevocationSection,
    SubgraphSection,
)
from supergraph.serve.router import Router, load_router

SUPERGRAPH = Path(__file__).resolve().parents[1] / "schema" / "supergraph.graphql"
ROUTER = "http://router"
SECRET_NAME = "MT_ROUTER_SECRET"
# The first write after Neo4j's start takes seconds where many tests share few processors.
PATIENT = SubgraphSection(timeout=15)
UrlOf = Callable[[str], str]


@dataclasses.dataclass(frozen=True)
class Places:
    """Where the servers answer.

    Attributes:
        database: a service's name → a database of its own.
        nats: a user's name → its URL, on a server that nothing else uses: durable consumers have
            the same names everywhere, and would share the events.
        neo4j: a graph whose outbox no other service empties.
        redis: a server that nothing else uses.
    """

    database: UrlOf
    nats: UrlOf
    neo4j: str
    redis: str


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the services would read from their environments, and the router's URL of NATS."""

    users: UsersSettings
    tweets: TweetsSettings
    social: SocialSettings
    timeline: TimelineSettings
    router_nats_url: str


def settings_for(places: Places, folder: Path) -> Settings:
    """Settings with secrets of their own.

    Args:
        places: the servers.
        folder: for the secrets, which are made where it holds none.
    """
    ours = load_credentials(folder / "secrets.json")
    key_file = folder / "token-key.pem"
    write_private(key_file, ours.token_key)

    def own(name: str) -> dict[str, Any]:
        keys = {"router_secret": ours.router_secret, "cursor_secret": ours.cursor_secrets[name]}
        return {"port": 0, "nats_url": places.nats(name), **keys}

    def relational(name: str) -> dict[str, Any]:
        return {**own(name), "database_url": places.database(name)}

    # The issuer is a name alone: nobody looks it up.
    tokens: dict[str, Any] = {"token_issuer": "http://users", "token_audience": "microtwitt"}
    return Settings(
        UsersSettings(**relational("users"), **tokens, token_key_file=key_file),
        TweetsSettings(**relational("tweets")),
        SocialSettings(**own("social"), neo4j_url=places.neo4j),
        TimelineSettings(**relational("timeline"), redis_url=places.redis),
        places.nats("router"),
    )


@asynccontextmanager
async def network(settings: Settings) -> AsyncGenerator[ASGIApp]:
    """The router's application, ready to answer, over the running subgraphs."""
    await migrate(settings)
    apps = applications(settings)
    configuration = configuration_for(settings.users)
    environ = {
        SECRET_NAME: settings.users.router_secret,
        "MT_NATS_URL": settings.router_nats_url,
    }
    async with AsgiTransport(apps) as transport:

        def load() -> Router:
            sdl = SUPERGRAPH.read_text()
            loaded = load_router(sdl, configuration, lambda _: transport, environ)
            authenticator = Authenticator(configuration.auth, partial(fetch_keys, apps["users"]))
            return dataclasses.replace(loaded, authenticator=authenticator)

        router = create_router(load, configuration, environ)
        async with lifespan(router):
            await until_ready(router)
            yield router


async def migrate(settings: Settings) -> None:
    """Bring every store up to date."""
    await run_migrations(settings.users.database_url, USERS_MIGRATIONS)
    await run_migrations(settings.tweets.database_url, TWEETS_MIGRATIONS)
    await run_migrations(settings.timeline.database_url, TIMELINE_MIGRATIONS)
    await migrate_social(settings.social)


def applications(settings: Settings) -> dict[str, ASGIApp]:
    """The application of each subgraph."""
    return {
        "users": create_users(settings.users),
        "tweets": create_tweets(settings.tweets),
        "social": create_social(settings.social),
        "timeline": create_timeline(settings.timeline),
    }


def configuration_for(users: UsersSettings) -> Configuration:
    """The router's, which believes the tokens that users signs."""
    auth = AuthSection(
        jwks_url=f"{users.token_issuer}/.well-known/jwks.json",
        issuer=users.token_issuer,
        audience=users.token_audience,
        router_secret_env=SECRET_NAME,
        revocation=RevocationSection(subject="mt.v1.users.session.revoked"),
    )
    return Configuration(auth=auth, subgraphs=dict.fromkeys(SUBGRAPHS, PATIENT))


async def fetch_keys(users: ASGIApp, url: str) -> dict[str, Any]:
    """Read the issuer's keys from its own application."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(users)) as client:
        return (await client.get(url)).raise_for_status().json()


async def until_ready(router: ASGIApp) -> None:
    """Wait until `/ready` says so; whatever else keeps it from that fails the test."""
    async with (
        asyncio.timeout(30),
        httpx.AsyncClient(transport=httpx.ASGITransport(router), base_url=ROUTER) as client,
    ):
        while (answer := await client.get("/ready")).status_code != 200:
            assert answer.json()["reason"] == "NotReady", answer.text
            await asyncio.sleep(0.01)
