"""Accounts: made, changed, and looked up by id or by folded name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Row, Text, Uuid, any_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import traced
from subgraphs.users.model.rules import fold
from subgraphs.users.model.values import Credentials, NewUser, Profile, User
from subgraphs.users.store.tables import Users

# In the order of the fields of `User`.
USER_COLUMNS: Final = (
    col(Users.id),
    col(Users.username),
    col(Users.email),
    col(Users.display_name),
    col(Users.bio),
    col(Users.location),
    col(Users.website),
    col(Users.protected),
    col(Users.searchable),
    col(Users.created_at),
    col(Users.version),
)
FIRST_VERSION: Final = 1


@traced
async def users_by_id(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, User]:
    """Give the users that exist among `ids`."""
    among = col(Users.id) == any_(bindparam(None, list(ids), ARRAY(Uuid())))
    found = await session.execute(select(*USER_COLUMNS).where(among))
    return {user.id: user for user in map(_user_of, found)}


@traced
async def users_by_name(session: AsyncSession, names: Sequence[str]) -> Mapping[str, User]:
    """Give the users that exist among the folded `names`, by folded name."""
    among = col(Users.username_folded) == any_(bindparam(None, list(names), ARRAY(Text())))
    found = await session.execute(select(*USER_COLUMNS).where(among))
    return {fold(user.username): user for user in map(_user_of, found)}


@traced
async def credentials_by_username(session: AsyncSession, folded: str) -> Credentials | None:
    """Give what a login by this folded username is compared with."""
    return await _credentials(session, col(Users.username_folded) == folded)


@traced
async def credentials_by_email(session: AsyncSession, folded: str) -> Credentials | None:
    """Give what a login by this folded address is compared with."""
    return await _credentials(session, col(Users.email_folded) == folded)


@traced
async def taken(session: AsyncSession, username: str, email: str) -> str | None:
    """Say which of them somebody has, in any case: `username` before `email`, or `None`."""
    by_name = col(Users.username_folded) == fold(username)
    query = select(by_name).where(or_(by_name, col(Users.email_folded) == fold(email)))
    found = (await session.scalars(query)).all()
    if not found:
        return None
    return "username" if any(found) else "email"


@traced
async def insert_user(session: AsyncSession, new: NewUser) -> User | None:
    """Store an account at its first version; `None` where its name or address is taken."""
    row = {
        "id": new.id,
        "username": new.username,
        "username_folded": fold(new.username),
        "email": new.email,
        "email_folded": fold(new.email),
        "password_hash": new.password_hash,
        "display_name": new.display_name,
        "bio": new.bio,
        "protected": False,
        "searchable": True,
        "created_at": new.created_at,
        "version": FIRST_VERSION,
    }
    statement = insert(Users).values(row).on_conflict_do_nothing().returning(*USER_COLUMNS)
    found = (await session.execute(statement)).first()
    return None if found is None else _user_of(found)


@traced
async def update_profile(session: AsyncSession, user_id: UUID, change: Profile) -> User | None:
    """Change columns of a profile and count the version up; with no change, only read it."""
    if not change:
        return (await users_by_id(session, [user_id])).get(user_id)
    values = {**change, "version": col(Users.version) + 1}
    statement = update(Users).where(col(Users.id) == user_id).values(values)
    found = (await session.execute(statement.returning(*USER_COLUMNS))).first()
    return None if found is None else _user_of(found)


@traced
async def next_version(session: AsyncSession, user: User) -> User:
    """Count the version of `user` up and give the user with it."""
    return replace(user, version=await bump_version(session, user.id))


@traced
async def bump_version(session: AsyncSession, user_id: UUID) -> int:
    """Count a user's version up; the row stays locked until the transaction ends."""
    statement = (
        update(Users)
        .where(col(Users.id) == user_id)
        .values(version=col(Users.version) + 1)
        .returning(col(Users.version))
    )
    return (await session.scalars(statement)).one()


async def _credentials(session: AsyncSession, which: ColumnElement[bool]) -> Credentials | None:
    query = select(col(Users.id), col(Users.password_hash)).where(which)
    found = (await session.execute(query)).first()
    return None if found is None else Credentials(*found)


def _user_of(row: Row[*tuple[Any, ...]]) -> User:
    return User(*row)
