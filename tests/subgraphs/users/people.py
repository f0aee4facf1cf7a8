"""People for tests: names that nobody has yet, their accounts, and who a token says they are."""

from __future__ import annotations

import uuid
from typing import Any

import jwt

from chassis.identity import Viewer
from subgraphs.users.model.values import Client, NewAccount, Tokens
from subgraphs.users.service import signup
from subgraphs.users.service.resources import Resources

PASSWORD = "correct horse battery"


def unique(name: str = "person") -> str:
    return f"{name}_{uuid.uuid4().hex[:8]}"


def account(name: str, **more: Any) -> NewAccount:
    given: dict[str, Any] = {
        "username": name,
        "email": f"{name}@example.org",
        "password": PASSWORD,
        "display_name": None,
    }
    return NewAccount(**{**given, **more})


def viewer_of(access_token: str) -> Viewer:
    """The viewer whom the router would find in a token that it verified."""
    claims = jwt.decode(access_token, options={"verify_signature": False})
    return Viewer(claims["sub"], claims["sid"], frozenset(), claims["exp"], claims["iat"])


async def newcomer(resources: Resources, name: str = "person") -> tuple[uuid.UUID, str, Tokens]:
    """Sign somebody up; their id, their username, their tokens."""
    username = unique(name)
    tokens = await signup.sign_up(resources, account(username), Client())
    return uuid.UUID(viewer_of(tokens.access_token).id), username, tokens
