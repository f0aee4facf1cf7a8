"""Events out: what others are told, in ids, names that everyone may see, and flags.

Each has a JSON Schema in `schema/events/`. `version` is the user's after the change: it grows by
one with each event about that user, so a reader can drop what is older than what it knows.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from chassis.envelope import JSON, Envelope
from subgraphs.users.model.values import User

SOURCE: Final = "users"


def account_created(user: User) -> Envelope:
    """Somebody signed up."""
    return _event("users.account.created", user.id, user.version, {"userId": str(user.id)})


def profile_updated(user: User) -> Envelope:
    """What others show of a user is now this; also the first time, after signing up."""
    data: dict[str, JSON] = {
        "userId": str(user.id),
        "username": user.username,
        "displayName": user.display_name,
        "protected": user.protected,
        "searchable": user.searchable,
    }
    return _event("users.profile.updated", user.id, user.version, data)


def session_revoked(user_id: UUID, session_id: UUID | None, version: int) -> Envelope:
    """A session ended before its time; without a session, all of that user did."""
    session = None if session_id is None else str(session_id)
    data: dict[str, JSON] = {"userId": str(user_id), "sessionId": session}
    return _event("users.session.revoked", user_id, version, data)


def _event(type: str, user_id: UUID, version: int, data: dict[str, JSON]) -> Envelope:
    return Envelope.new(type, source=SOURCE, subject=str(user_id), aggversion=version, data=data)
