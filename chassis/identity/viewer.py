"""Who is asking, and the errors of finding out.

TokenInvalid
  + TokenExpired
KeysUnavailable
NotFromRouter
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Viewer:
    """Who is asking.

    Attributes:
        id: the user's UUID as text, lower case.
        session_id: the session that the token belongs to.
        scopes: what the token allows.
        expires_at: when the token ends, in Unix seconds.
        issued_at: when the token was issued, in Unix seconds; 0 where that is not known.
    """

    id: str
    session_id: str
    scopes: frozenset[str]
    expires_at: int
    issued_at: float = 0


class TokenInvalid(Exception):
    """The access token is not valid."""


class TokenExpired(TokenInvalid):
    """The access token has expired."""


class KeysUnavailable(Exception):
    """The keys that tokens are verified with cannot be had at the moment."""


class NotFromRouter(Exception):
    """The request does not carry the router's signature."""
