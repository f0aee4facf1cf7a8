"""Sessions and their refresh tokens. Lock a session before its user, never the other way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import traced
from subgraphs.users.model.values import RefreshToken, Session
from subgraphs.users.store.tables import Sessions, Tokens

LONGEST_LIST: Final = 100
# In the order of the fields of `Session`.
_SESSION_COLUMNS: Final = (
    col(Sessions.id),
    col(Sessions.user_id),
    col(Sessions.created_at),
    col(Sessions.last_used_at),
    col(Sessions.expires_at),
    col(Sessions.user_agent),
    col(Sessions.ip),
)


@traced
async def insert_session(session: AsyncSession, new: Session) -> None:
    """Store a session that begins."""
    row = {
        "id": new.id,
        "user_id": new.user_id,
        "created_at": new.created_at,
        "last_used_at": new.last_used_at,
        "expires_at": new.expires_at,
        "user_agent": new.user_agent,
        "ip": new.ip,
    }
    await session.execute(insert(Sessions).values(row))


@traced
async def insert_token(session: AsyncSession, digest: bytes, session_id: UUID) -> None:
    """Store an unused refresh token of a session."""
    await session.execute(insert(Tokens).values(digest=digest, session_id=session_id))


@traced
async def lock_session_of(session: AsyncSession, digest: bytes) -> Session | None:
    """Give the session of a refresh token, locked until the transaction ends.

    Read the token after this, not with it: Postgres would show it as it was before the wait.
    """
    owner = select(col(Tokens.session_id)).where(col(Tokens.digest) == digest).scalar_subquery()
    query = select(*_SESSION_COLUMNS).where(col(Sessions.id) == owner).with_for_update()
    found = (await session.execute(query)).first()
    return None if found is None else _session_of(found)


@traced
async def token(session: AsyncSession, digest: bytes) -> RefreshToken | None:
    """Give a refresh token by its digest."""
    query = select(
        col(Tokens.digest), col(Tokens.session_id), col(Tokens.used_at), col(Tokens.salt)
    ).where(col(Tokens.digest) == digest)
    found = (await session.execute(query)).first()
    return None if found is None else RefreshToken(*found)


@traced
async def mark_used(session: AsyncSession, digest: bytes, at: datetime, salt: bytes) -> None:
    """Remember that a token was exchanged, and the salt that its successor was made with."""
    which = col(Tokens.digest) == digest
    await session.execute(update(Tokens).where(which).values(used_at=at, salt=salt))


@traced
async def keep_alive(session: AsyncSession, used: Session) -> None:
    """Remember that a session was used, by which client, and how long it now goes on."""
    which = col(Sessions.id) == used.id
    change = {
        "last_used_at": used.last_used_at,
        "expires_at": used.expires_at,
        "user_agent": used.user_agent,
        "ip": used.ip,
    }
    await session.execute(update(Sessions).where(which).values(change))


@traced
async def sessions_of(session: AsyncSession, user_id: UUID, now: datetime) -> Sequence[Session]:
    """List the sessions of a user that go on, at most 100, last used first."""
    query = (
        select(*_SESSION_COLUMNS)
        .where(col(Sessions.user_id) == user_id, col(Sessions.expires_at) > now)
        .order_by(col(Sessions.last_used_at).desc(), col(Sessions.id).desc())
        .limit(LONGEST_LIST)
    )
    return [_session_of(row) for row in await session.execute(query)]


@traced
async def delete_session(session: AsyncSession, user_id: UUID, session_id: UUID) -> bool:
    """End a session of this user with all its tokens; say whether there was one."""
    which = (col(Sessions.id) == session_id, col(Sessions.user_id) == user_id)
    ended = await session.scalars(delete(Sessions).where(*which).returning(col(Sessions.id)))
    return ended.first() is not None


@traced
async def delete_sessions_of(session: AsyncSession, user_id: UUID) -> int:
    """End every session of a user; say how many there were."""
    # In one order, or two who do this at once could each hold what the other waits for.
    found = select(col(Sessions.id)).where(col(Sessions.user_id) == user_id)
    which = col(Sessions.id).in_(found.order_by(col(Sessions.id)).with_for_update())
    ended = await session.scalars(delete(Sessions).where(which).returning(col(Sessions.id)))
    return len(ended.all())


@traced
async def delete_expired(session: AsyncSession, user_id: UUID, now: datetime) -> None:
    """Forget the sessions of a user that have run out, but for those that are in use."""
    found = select(col(Sessions.id)).where(
        col(Sessions.user_id) == user_id, col(Sessions.expires_at) <= now
    )
    which = col(Sessions.id).in_(found.with_for_update(skip_locked=True))
    await session.execute(delete(Sessions).where(which))


def _session_of(row: Row[*tuple[Any, ...]]) -> Session:
    return Session(*row)
