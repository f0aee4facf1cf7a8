"""Many users at once: in by COPY, out by a cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, Protocol, cast

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from chassis.telemetry import traced
from subgraphs.users.model.rules import fold
from subgraphs.users.model.values import NewUser, User
from subgraphs.users.store.accounts import FIRST_VERSION, USER_COLUMNS
from subgraphs.users.store.tables import Users

_COLUMNS: Final = (
    "id",
    "username",
    "username_folded",
    "email",
    "email_folded",
    "password_hash",
    "display_name",
    "bio",
    "protected",
    "searchable",
    "created_at",
    "version",
)
_LONG = text("SET LOCAL statement_timeout = 0")
# COPY knows no ON CONFLICT, hence a table beside it.
_BESIDE = text("CREATE TEMPORARY TABLE users_to_load (LIKE users) ON COMMIT DROP")
_MOVE = text("INSERT INTO users SELECT * FROM users_to_load ON CONFLICT DO NOTHING RETURNING 1")
_COPY_SECONDS: Final = 600.0


class Copying(Protocol):
    """What we use of asyncpg's connection."""

    async def copy_records_to_table(
        self,
        table: str,
        *,
        records: Any,
        columns: Sequence[str],
        timeout: float,  # noqa: ASYNC109 -- asyncpg names it so
    ) -> str:
        """Send rows by COPY; returns its command tag."""
        ...


@traced
async def copy_users(session: AsyncSession, users: Sequence[NewUser]) -> int:
    """Store users in bulk; those whose id, name or address is there already are left out.

    Returns:
        How many are new.
    """
    await session.execute(_LONG)
    await session.execute(_BESIDE)
    raw = await (await session.connection()).get_raw_connection()
    driver = cast("Copying", raw.driver_connection)
    rows = map(_row, users)
    await driver.copy_records_to_table(
        "users_to_load", records=rows, columns=_COLUMNS, timeout=_COPY_SECONDS
    )
    moved = (await session.execute(_MOVE)).all()
    return len(moved)


async def every_user(session: AsyncSession) -> AsyncIterator[User]:
    """Give all users by id, as they are when the first is asked for; a thousand in memory."""
    query = select(*USER_COLUMNS).order_by(col(Users.id))
    async for row in await session.stream(query, execution_options={"yield_per": 1_000}):
        yield User(*row)


def _row(user: NewUser) -> tuple[object, ...]:
    return (
        user.id,
        user.username,
        fold(user.username),
        user.email,
        fold(user.email),
        user.password_hash,
        user.display_name,
        user.bio,
        False,
        True,
        user.created_at,
        FIRST_VERSION,
    )
