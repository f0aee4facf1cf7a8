"""Write tokens: a change names itself, so that its author can ask others to have seen it.

A token says what an event's envelope says of the aggregate: source, subject, version. It is not
signed: it grants nothing, and a made-up one costs its maker a short wait.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

LONGEST = 256


class TokenMalformed(Exception):
    """This token was not made by a change."""


@dataclass(frozen=True)
class WriteToken:
    """A change.

    Attributes:
        source: the service that made it.
        subject: id of the aggregate that changed.
        version: the aggregate's after the change, 1 and up.
    """

    source: str
    subject: str
    version: int


def write_token(source: str, subject: str, version: int) -> str:
    """Name a change in opaque, URL-safe text."""
    # Characters as they are: escaped ones could make it too long to be read.
    written = json.dumps([source, subject, version], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(written.encode()).rstrip(b"=").decode()


def read_token(token: str) -> WriteToken:
    """Read what `write_token` wrote.

    Raises:
        TokenMalformed: it is no such text.
    """
    if len(token) > LONGEST:
        raise TokenMalformed
    try:
        padded = token + "=" * (-len(token) % 4)
        read: object = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise TokenMalformed from error
    match read:
        # JSON's true is an int to Python.
        case [str() as source, str() as subject, int() as version] if (
            version >= 1 and version is not True
        ):
            return WriteToken(source, subject, version)
        case _:
            raise TokenMalformed
