"""Logging in, by username or by email."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.telemetry import traced
from subgraphs.users.model import rules
from subgraphs.users.model.errors import CredentialsRefused, InputRefused
from subgraphs.users.model.values import Client, Credentials, Tokens
from subgraphs.users.service import limiting
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
        AttemptsSpent: too many tried this name, or from this address, lately.
        CredentialsRefused: no such account, or not its password.
        InputRefused: neither or both of username and email, or a password over 1,024 bytes.
        HashingBusy: too many at this moment.
        StoreUnavailable: Postgres did not answer.
    """
    password = rules.read_password(attempt.password, "input", "password")
    counted = limiting.attempted(_name(attempt), client.ip)
    async with resources.database.session() as session:
        await limiting.count(session, counted, resources.now())
        credentials = await _find(session, attempt)
    known_hash = None if credentials is None else credentials.password_hash
    if not await resources.passwords.matches(password, known_hash) or credentials is None:
        raise CredentialsRefused
    async with resources.database.transaction() as tx:
        await limiting.forgive(tx, counted)
        return await begin(resources, tx, credentials.user_id, client)


def _name(attempt: Attempt) -> str:
    """Give the one name that was given, in one of its spellings, also where nobody can have it."""
    if bool(attempt.username) == bool(attempt.email):
        raise InputRefused(("input", "username"), "Give either username or email.")
    return rules.fold(attempt.username or attempt.email or "")


async def _find(session: AsyncSession, attempt: Attempt) -> Credentials | None:
    name = rules.folded_username(attempt.username or "")
    address = rules.folded_email(attempt.email or "")
    if name is not None:
        return await accounts.credentials_by_username(session, name)
    if address is not None:
        return await accounts.credentials_by_email(session, address)
    return None
