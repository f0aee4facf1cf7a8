"""The composition root: settings → store → service → schema → server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.websockets import WebSocket

from chassis.bus import Bus, BusUnavailable
from chassis.graphql import SubgraphEndpoint, viewer_of
from chassis.identity import Client as SeenClient
from chassis.identity import TokenSigner
from chassis.outbox import relaying
from chassis.postgres import Database, PostgresOutbox
from chassis.server import ServiceApp, service_app
from subgraphs.users import consumer
from subgraphs.users.loaders import Loaders
from subgraphs.users.model.values import Client
from subgraphs.users.schema import SCHEMA
from subgraphs.users.schema.context import Context, SignedIn
from subgraphs.users.service.passwords import Passwords
from subgraphs.users.service.resources import Lifetimes, Resources
from subgraphs.users.settings import UsersSettings

NAME: Final = "users"
MIGRATIONS: Final = Path(__file__).parent / "migrations"


class KeyUnusable(Exception):
    """MT_TOKEN_KEY_FILE names no Ed25519 private key in PEM."""


def create_app(settings: UsersSettings) -> ServiceApp:
    """Put the service together; it connects when its lifespan begins.

    Raises:
        KeyUnusable: the token key cannot be read.
    """
    resources = create_resources(settings)
    graphql = UsersEndpoint(resources)
    keys = JSONResponse(resources.signer.jwks(), headers={"cache-control": "max-age=60"})

    async def jwks(_: Request) -> Response:
        return keys

    return service_app(
        NAME,
        graphql=graphql,
        router_secret=settings.router_secret.encode(),
        ready=resources.database.ping,
        lifespan=partial(_lifespan, settings, resources),
        open_routes=[Route("/.well-known/jwks.json", jwks)],
    )


def create_resources(settings: UsersSettings) -> Resources:
    """Make what the use cases work with.

    Raises:
        KeyUnusable: the token key cannot be read.
    """
    lifetimes = Lifetimes(
        access=timedelta(seconds=settings.token_seconds),
        refresh=timedelta(days=settings.refresh_days),
        grace=timedelta(seconds=settings.refresh_grace_seconds),
    )
    signer = _signer(settings)
    return Resources(
        database=Database.connect(settings.database_url),
        passwords=Passwords(threads=settings.hash_threads, queue=settings.hash_queue),
        signer=signer,
        lifetimes=lifetimes,
    )


def _signer(settings: UsersSettings) -> TokenSigner:
    try:
        return TokenSigner(
            settings.token_key_file.read_bytes(),
            issuer=settings.token_issuer,
            audience=settings.token_audience,
            lifetime_seconds=settings.token_seconds,
        )
    except (OSError, ValueError, TypeError) as error:
        raise KeyUnusable(f"{KeyUnusable.__doc__} ({error})") from error


@asynccontextmanager
async def _lifespan(
    settings: UsersSettings, resources: Resources, _: Starlette
) -> AsyncGenerator[None, None]:
    """Relay events and answer questions while requests are served; NATS may come later."""
    bus = await Bus.connect(settings.nats_url, NAME)
    # Where they cannot be made now, the first event that is sent makes them.
    with suppress(BusUnavailable):
        await bus.ensure_streams()
    try:
        async with relaying(PostgresOutbox(resources.database), bus):
            answer = partial(consumer.answer_cards, resources)
            await bus.reply(consumer.CARDS_SUBJECT, consumer.QUEUE, answer)
            yield
    finally:
        await bus.close()
        resources.passwords.close()
        await resources.database.dispose()


class UsersEndpoint(SubgraphEndpoint[Context]):
    """GraphQL, with a context of its own for each request."""

    def __init__(self, resources: Resources) -> None:
        super().__init__(SCHEMA)
        self._resources = resources

    def context_of(self, asked: Request | WebSocket) -> Context:
        """Say who asks, and from where."""
        viewer = viewer_of(asked)
        return Context(
            viewer=viewer and SignedIn(UUID(viewer.id), UUID(viewer.session_id)),
            client=client_of(asked),
            resources=self._resources,
            loaders=Loaders(self._resources),
        )


def client_of(request: Request | WebSocket) -> Client:
    """Read what the router signed of its client; no other header is believed."""
    seen: SeenClient = request.state.client
    return Client(user_agent=seen.user_agent, ip=seen.ip)
