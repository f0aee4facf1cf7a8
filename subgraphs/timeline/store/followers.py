"""Who follows somebody, and whom somebody follows."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.timeline.model.values import Follow
from subgraphs.timeline.store.tables import Follows

CHUNK: Final = 500


async def audience(database: Database, author: UUID) -> AsyncGenerator[Sequence[UUID], None]:
    """Give those in whose home timelines `author` stands, in chunks of at most 500.

    The author comes first. Somebody who begins to follow meanwhile may be left out: that follow's
    own event brings them what is there.
    """
    yield [author]
    last = UUID(int=0)
    while chunk := await _chunk(database, author, last):
        yield chunk
        if len(chunk) < CHUNK:
            return
        last = chunk[-1]


@traced
async def _chunk(database: Database, author: UUID, after: UUID) -> Sequence[UUID]:
    query = (
        select(col(Follows.actor_id))
        .where(col(Follows.target_id) == author, col(Follows.active), col(Follows.actor_id) > after)
        .order_by(col(Follows.actor_id))
        .limit(CHUNK)
    )
    async with database.session() as session:
        return (await session.scalars(query)).all()


@traced
async def follows_of(database: Database, actor: UUID) -> Sequence[Follow]:
    """Give the state of all of somebody's follows, ended ones too."""
    query = select(col(Follows.target_id), col(Follows.version), col(Follows.active)).where(
        col(Follows.actor_id) == actor
    )
    async with database.session() as session:
        return [
            Follow(actor, target, version, active)
            for target, version, active in await session.execute(query)
        ]
