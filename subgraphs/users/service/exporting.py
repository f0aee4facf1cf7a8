"""Write the truth about accounts as JSON lines, from which others make their projections."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chassis.exports import exported
from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.users.events import SOURCE
from subgraphs.users.model.values import User
from subgraphs.users.store import world


@traced
async def export(database: Database, path: Path) -> int:
    """Write every account, by id: one moment's view, in a file that is whole or not there.

    It holds what everybody may see of an account, and nothing else.

    Returns:
        How many accounts there are.

    Raises:
        StoreUnavailable: Postgres did not answer.
        OSError: the file cannot be written.
    """
    count = 0
    with exported(path, SOURCE) as write:
        async with database.transaction() as tx:
            async for user in world.every_user(tx):
                write("account", _fields(user))
                count += 1
    return count


def _fields(user: User) -> Mapping[str, object]:
    return {
        "userId": str(user.id),
        "username": user.username,
        "displayName": user.display_name,
        "avatar": None,
        "protected": user.protected,
        "searchable": user.searchable,
        "version": user.version,
        "createdMs": round(user.created_at.timestamp() * 1000),
    }
