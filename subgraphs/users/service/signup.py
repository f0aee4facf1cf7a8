"""Signing up."""

from __future__ import annotations

from chassis.envelope import uuid7
from chassis.postgres import record
from chassis.telemetry import traced
from subgraphs.users import events
from subgraphs.users.model import rules
from subgraphs.users.model.errors import Taken
from subgraphs.users.model.values import Client, NewAccount, NewUser, Tokens
from subgraphs.users.service.resources import Resources
from subgraphs.users.service.sessions import begin
from subgraphs.users.store import accounts


@traced
async def sign_up(resources: Resources, account: NewAccount, client: Client) -> Tokens:
    """Make an account, tell the others, and begin its first session: all or nothing.

    Raises:
        Taken: names `username` or `email`, whichever somebody else has.
        InputRefused, WeakPassword: names the field.
        HashingBusy: too many at this moment.
        StoreUnavailable: Postgres did not answer.
    """
    checked = _check(account)
    async with resources.database.session() as reading:
        # Before hashing, which is the dearest part. What comes in between, `insert_user` sees.
        _refuse_taken(await accounts.taken(reading, checked.username, checked.email))
    password_hash = await resources.passwords.hash(checked.password)
    new = _new_user(resources, checked, password_hash)
    async with resources.database.transaction() as tx:
        user = await accounts.insert_user(tx, new)
        if user is None:
            _refuse_taken(await accounts.taken(tx, new.username, new.email))
            raise Taken(("input", "username"))
        await record(tx, events.account_created(user))
        user = await accounts.next_version(tx, user)
        await record(tx, events.profile_updated(user))
        return await begin(resources, tx, user.id, client)


def _check(account: NewAccount) -> NewAccount:
    """Check every field, in the order of a form."""
    username = rules.read_username(account.username, "input", "username")
    email = rules.read_email(account.email, "input", "email")
    password = rules.read_new_password(account.password, username, email, "input", "password")
    shown = username if account.display_name is None else account.display_name
    display_name = rules.read_display_name(shown, "input", "displayName")
    return NewAccount(username, email, password, display_name)


def _new_user(resources: Resources, account: NewAccount, password_hash: str) -> NewUser:
    return NewUser(
        id=uuid7(),
        username=account.username,
        email=account.email,
        password_hash=password_hash,
        display_name=account.display_name or account.username,
        created_at=resources.now(),
    )


def _refuse_taken(field: str | None) -> None:
    if field is not None:
        raise Taken(("input", field), f"Somebody else has this {field}.")
