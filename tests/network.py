"""The whole system in one process, on a real Postgres and NATS; no service opens a port."""

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
from supergraph.serve.configuration import AuthSection, Configuration
from supergraph.serve.router import Router, load_router

SUPERGRAPH = Path(__file__).resolve().parents[1] / "schema" / "supergraph.graphql"
ROUTER = "http://router"
SECRET_NAME = "MT_ROUTER_SECRET"
UrlOf = Callable[[str], str]


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the services would read from their environments."""

    users: UsersSettings
    tweets: TweetsSettings


def settings_for(database_url: UrlOf, nats_url: UrlOf, folder: Path) -> Settings:
    """Settings with secrets of their own.

    Args:
        database_url: a service's name → a database of its own.
        nats_url: a service's name → its user's URL, on a server that nothing else uses: durable
            consumers have the same names everywhere, and would share the events.
        folder: for the secrets, which are made where it holds none.
    """
    ours = load_credentials(folder / "secrets.json")
    key_file = folder / "token-key.pem"
    write_private(key_file, ours.token_key)

    def own(name: str) -> dict[str, Any]:
        urls = {"database_url": database_url(name), "nats_url": nats_url(name)}
        keys = {"router_secret": ours.router_secret, "cursor_secret": ours.cursor_secrets[name]}
        return {"port": 0, **urls, **keys}

    # The issuer is a name alone: nobody looks it up.
    tokens: dict[str, Any] = {"token_issuer": "http://users", "token_audience": "microtwitt"}
    users = UsersSettings(**own("users"), **tokens, token_key_file=key_file)
    return Settings(users, TweetsSettings(**own("tweets")))


@asynccontextmanager
async def network(settings: Settings) -> AsyncGenerator[ASGIApp]:
    """The router's application, ready to answer, over the running subgraphs."""
    await run_migrations(settings.users.database_url, USERS_MIGRATIONS)
    await run_migrations(settings.tweets.database_url, TWEETS_MIGRATIONS)
    users, tweets = create_users(settings.users), create_tweets(settings.tweets)
    configuration = configuration_for(settings.users)
    async with AsgiTransport({"users": users, "tweets": tweets}) as transport:

        def load() -> Router:
            environ = {SECRET_NAME: settings.users.router_secret}
            sdl = SUPERGRAPH.read_text()
            loaded = load_router(sdl, configuration, lambda _: transport, environ)
            authenticator = Authenticator(configuration.auth, partial(fetch_keys, users))
            return dataclasses.replace(loaded, authenticator=authenticator)

        router = create_router(load, configuration)
        async with lifespan(router):
            await until_ready(router)
            yield router


def configuration_for(users: UsersSettings) -> Configuration:
    """The router's, which believes the tokens that users signs."""
    auth = AuthSection(
        jwks_url=f"{users.token_issuer}/.well-known/jwks.json",
        issuer=users.token_issuer,
        audience=users.token_audience,
        router_secret_env=SECRET_NAME,
    )
    return Configuration(auth=auth)


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
