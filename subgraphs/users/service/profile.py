"""Changing one's profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from chassis.postgres import record
from chassis.telemetry import traced
from subgraphs.users import events
from subgraphs.users.model import rules
from subgraphs.users.model.errors import NotSignedIn
from subgraphs.users.model.values import User
from subgraphs.users.service.resources import Resources
from subgraphs.users.store import accounts

# Takes a value of the type that the schema promises for its column, and the path of the field.
Reader: TypeAlias = Callable[..., "str | bool | None"]


@dataclass(frozen=True)
class Column:
    """How a new value is read, and what a client calls it."""

    read: Reader
    shown: str


_COLUMNS: Final[Mapping[str, Column]] = {
    "display_name": Column(rules.read_display_name, "displayName"),
    "bio": Column(rules.read_bio, "bio"),
    "location": Column(rules.read_location, "location"),
    "website": Column(rules.read_website, "website"),
    "protected": Column(rules.read_flag, "protected"),
    "searchable": Column(rules.read_flag, "searchable"),
}


@traced
async def update_profile(
    resources: Resources, user_id: UUID, given: Mapping[str, str | bool | None]
) -> User:
    """Change the columns that are given, and tell the others.

    Args:
        resources: what the service works with.
        user_id: whose profile it is.
        given: new values by column, unchecked: `display_name`, `bio`, `location`, `website`,
            `protected`, `searchable`. Null clears the middle three.

    Raises:
        InputRefused: names the field.
        NotSignedIn: the account is no more.
        StoreUnavailable: Postgres did not answer.
    """
    change = {name: _read(name, value) for name, value in given.items()}
    async with resources.database.transaction() as tx:
        user = await accounts.update_profile(tx, user_id, change)
        if user is None:
            raise NotSignedIn("This account is no more.")
        if change:
            await record(tx, events.profile_updated(user))
    return user


def _read(name: str, value: str | bool | None) -> str | bool | None:
    column = _COLUMNS[name]
    return column.read(value, "input", column.shown)
