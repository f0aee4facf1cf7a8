"""Ids: UUIDs inside, opaque global ids for clients; and times."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

USER: Final = "U"
_LENGTH: Final = 24  # a letter, an underscore, 22 characters of base64url without padding


def time_of(milliseconds: int) -> datetime:
    """Turn Unix milliseconds into a time in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def global_id(kind: str, id: UUID) -> str:
    """Write `id` as clients see it: `U_AZ…`."""
    return f"{kind}_{base64.urlsafe_b64encode(id.bytes).rstrip(b'=').decode()}"


def parse_global_id(kind: str, text: str) -> UUID | None:
    """Read a global id of this `kind`; `None` for anything else.

    Only the one spelling that `global_id` writes is taken: base64 has spare bits at the end, and
    two spellings of one id would be two cache keys for one object.
    """
    if len(text) != _LENGTH or not text.startswith(f"{kind}_"):
        return None
    try:
        found = UUID(bytes=base64.urlsafe_b64decode(f"{text[2:]}=="))
    except (binascii.Error, ValueError):
        return None
    return found if global_id(kind, found) == text else None
