"""Sessions: begun, kept alive by rotating refresh tokens, and ended.

A session is a family of refresh tokens of which one is current. Exchanging it makes the next one.
A token that comes a second time was stolen, or its thief used it first: nobody can tell which, so
the session ends and both are out. Only a race of one client is forgiven: two of its requests with
the same token within seconds, before the next token was used, both get that same next token.

Source: RFC 9700 (OAuth 2.0 Security Best Current Practice) §4.14.2.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.envelope import uuid7
from chassis.postgres import record
from chassis.telemetry import traced
from subgraphs.users import events
from subgraphs.users.model.errors import CredentialsRefused, SessionMissing, TokenReused
from subgraphs.users.model.values import Client, RefreshToken, Session, Tokens
from subgraphs.users.service.resources import Resources
from subgraphs.users.store import accounts
from subgraphs.users.store import sessions as store

LONGEST_TOKEN: Final = 128


@traced
async def begin(resources: Resources, tx: AsyncSession, user_id: UUID, client: Client) -> Tokens:
    """Begin a session of `user_id` in the caller's transaction; drop their expired ones."""
    now = resources.now()
    session = Session(
        id=uuid7(),
        user_id=user_id,
        created_at=now,
        last_used_at=now,
        expires_at=now + resources.lifetimes.refresh,
        user_agent=client.user_agent,
        ip=client.ip,
    )
    token = secrets.token_urlsafe(32)
    await store.delete_expired(tx, user_id, now)
    await store.insert_session(tx, session)
    await store.insert_token(tx, digest_of(token), session.id)
    return _tokens(resources, session, token, now)


@traced
async def refresh(resources: Resources, token: str, client: Client) -> Tokens:
    """Exchange a refresh token for a new pair; the session now shows this client.

    Raises:
        TokenReused: it was exchanged before; the session has ended.
        CredentialsRefused: unknown, expired, or of a session that ended.
        StoreUnavailable: Postgres did not answer.
    """
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise CredentialsRefused
    async with resources.database.transaction() as tx:
        answer = await _exchange(resources, tx, token, client)
    # Only now: raised inside, it would roll back the end of the session.
    if isinstance(answer, CredentialsRefused):
        raise answer
    return answer


@traced
async def log_out(resources: Resources, user_id: UUID, session_id: UUID) -> bool:
    """End a session of `user_id`, if it still goes on.

    Returns:
        Whether it did.
    """
    async with resources.database.transaction() as tx:
        return await _end(tx, user_id, session_id)


@traced
async def log_out_everywhere(resources: Resources, user_id: UUID) -> None:
    """End every session of `user_id`."""
    async with resources.database.transaction() as tx:
        if await store.delete_sessions_of(tx, user_id):
            version = await accounts.bump_version(tx, user_id)
            await record(tx, events.session_revoked(user_id, None, version))


@traced
async def revoke_session(resources: Resources, user_id: UUID, session_id: UUID) -> None:
    """End one of the sessions of `user_id`.

    Raises:
        SessionMissing: no such session, or somebody else's: which, is not told.
    """
    if not await log_out(resources, user_id, session_id):
        raise SessionMissing(("id",))


@traced
async def sessions_of(resources: Resources, user_id: UUID) -> Sequence[Session]:
    """List the newest 100 sessions of `user_id` that go on, last used first."""
    async with resources.database.session() as reading:
        return await store.sessions_of(reading, user_id, resources.now())


def digest_of(token: str) -> bytes:
    """What is stored of a refresh token. It has 256 random bits: no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def successor_of(token: str, salt: bytes) -> str:
    """Make the next token: needs the old one, which only the client has, and the stored salt."""
    key = hmac.new(salt, token.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


async def _exchange(
    resources: Resources, tx: AsyncSession, token: str, client: Client
) -> Tokens | CredentialsRefused:
    now = resources.now()
    # The session's lock makes one exchange in a family wait for the other.
    session = await store.lock_session_of(tx, digest_of(token))
    stored = session and await store.token(tx, digest_of(token))
    if session is None or stored is None or session.expires_at <= now:
        return CredentialsRefused()
    if stored.used_at is None or stored.salt is None:
        return await _rotate(resources, tx, _renewed(resources, session, client), token)
    successor = successor_of(token, stored.salt)
    if await _raced(resources, tx, stored, successor):
        return _tokens(resources, session, successor, now)
    await _end(tx, session.user_id, session.id)
    return TokenReused()


async def _rotate(resources: Resources, tx: AsyncSession, session: Session, token: str) -> Tokens:
    salt = secrets.token_bytes(32)
    successor = successor_of(token, salt)
    await store.mark_used(tx, digest_of(token), session.last_used_at, salt)
    await store.insert_token(tx, digest_of(successor), session.id)
    await store.keep_alive(tx, session)
    return _tokens(resources, session, successor, session.last_used_at)


def _renewed(resources: Resources, session: Session, client: Client) -> Session:
    now = resources.now()
    return replace(
        session,
        last_used_at=now,
        expires_at=now + resources.lifetimes.refresh,
        user_agent=client.user_agent,
        ip=client.ip,
    )


async def _raced(
    resources: Resources, tx: AsyncSession, stored: RefreshToken, successor: str
) -> bool:
    """Tell a race of one client from a second use: soon after, with the successor unused."""
    used_at = stored.used_at or resources.now()
    if resources.now() - used_at > resources.lifetimes.grace:
        return False
    following = await store.token(tx, digest_of(successor))
    return following is not None and following.used_at is None


async def _end(tx: AsyncSession, user_id: UUID, session_id: UUID) -> bool:
    if not await store.delete_session(tx, user_id, session_id):
        return False
    version = await accounts.bump_version(tx, user_id)
    await record(tx, events.session_revoked(user_id, session_id, version))
    return True


def _tokens(resources: Resources, session: Session, token: str, now: datetime) -> Tokens:
    access = resources.signer.sign(
        str(session.user_id), str(session.id), frozenset(), now.timestamp()
    )
    return Tokens(access, token, int(resources.lifetimes.access.total_seconds()))
