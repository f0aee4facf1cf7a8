"""Logging in, by username or by email."""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis.telemetry import traced
from subgraphs.users.model import rules
from subgraphs.users.model.errors import CredentialsRefused, InputRefused
from subgraphs.users.model.values import Client, Credentials, Tokens
from subgraphs.users.service.resources import Resources
from subgraphs.users.service.sessions import begin
from subgraphs.users.store import accounts


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody's word on who they are, as it came."""

    username: str | None
    email: str | None
    password: str = field(repr=False)


@traced
async def log_in(resources: Resources, attempt: Attempt, client: Client) -> Tokens:
    """Begin a session.

    An unknown name costs the same hash as a wrong password and gets the same answer.

    Raises:
        CredentialsRefused: no such account, or not its password.
        InputRefused: neither or both of username and email, or a password over 1,024 bytes.
        HashingBusy: too many at this moment.
        StoreUnavailable: Postgres did not answer.
    """
    password = rules.read_password(attempt.password, "input", "password")
    credentials = await _find(resources, attempt)
    known_hash = None if credentials is None else credentials.password_hash
    if not await resources.passwords.matches(password, known_hash) or credentials is None:
        raise CredentialsRefused
    async with resources.database.transaction() as tx:
        return await begin(resources, tx, credentials.user_id, client)


async def _find(resources: Resources, attempt: Attempt) -> Credentials | None:
    if bool(attempt.username) == bool(attempt.email):
        raise InputRefused(("input", "username"), "Give either username or email.")
    name = rules.folded_username(attempt.username or "")
    address = rules.folded_email(attempt.email or "")
    async with resources.database.session() as reading:
        if name is not None:
            return await accounts.credentials_by_username(reading, name)
        if address is not None:
            return await accounts.credentials_by_email(reading, address)
    return None
