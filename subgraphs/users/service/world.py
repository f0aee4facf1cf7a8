"""Taking in a file of users at once: JSON lines, all of them or none."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import cast
from uuid import UUID

from chassis.postgres import Database
from chassis.telemetry import traced
from subgraphs.users.model import rules
from subgraphs.users.model.errors import InputRefused, WorldRefused
from subgraphs.users.model.values import NewUser
from subgraphs.users.service.passwords import HASHER, UNUSABLE
from subgraphs.users.store import world


@traced
async def load(database: Database, path: Path) -> int:
    """Store the users of a file that are not there yet; no events, for nobody reads them yet.

    Args:
        database: of this service.
        path: a JSON object a line, `{id, username, email, displayName, bio, createdAt, password}`;
            with a null password nobody can log in.

    Returns:
        How many users are new.

    Raises:
        WorldRefused: names file, line and field of the first line that cannot be used.
        StoreUnavailable: Postgres did not answer.
    """
    users = list(read_users(path))
    async with database.transaction() as tx:
        return await world.copy_users(tx, users)


def read_users(path: Path) -> Iterator[NewUser]:
    """Read and check a file line by line.

    Raises:
        WorldRefused: names file, line and field.
    """
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield _read_user(_object(line))
            except InputRefused as fault:
                at = f"{path}:{number}: {'.'.join(fault.field)}: {fault}"
                raise WorldRefused(fault.field, at) from fault


def _read_user(given: Mapping[str, object]) -> NewUser:
    username = rules.read_username(_text(given, "username"), "username")
    password = given.get("password")
    return NewUser(
        id=_uuid(_text(given, "id")),
        username=username,
        email=rules.read_email(_text(given, "email"), "email"),
        password_hash=UNUSABLE if password is None else _hash(_text(given, "password")),
        display_name=rules.read_display_name(_text(given, "displayName"), "displayName"),
        created_at=_time(_text(given, "createdAt")),
        bio=rules.read_bio(_text(given, "bio"), "bio"),
    )


@lru_cache(maxsize=16)
def _hash(password: str) -> str:
    # A world has one password for its demo accounts, or none.
    return HASHER.hash(rules.read_password(password, "password"))


def _object(line: bytes) -> Mapping[str, object]:
    try:
        value: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputRefused(("line",), "This is not JSON.") from error
    if not isinstance(value, dict):
        raise InputRefused(("line",), "This is not an object.")
    return cast("Mapping[str, object]", value)


def _text(given: Mapping[str, object], field: str) -> str:
    value = given.get(field)
    if not isinstance(value, str):
        raise InputRefused((field,), "This is missing or not text.")
    return value


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InputRefused(("id",), "This is not a UUID.") from error


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputRefused(("createdAt",), "This is not a time in RFC 3339.") from error
    if time.tzinfo is None:
        raise InputRefused(("createdAt",), "This time has no zone.")
    return time
