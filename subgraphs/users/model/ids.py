"""Global ids: opaque for clients, a letter for the type and the UUID's 16 bytes."""

from __future__ import annotations

import base64
import binascii
from typing import Final
from uuid import UUID

from subgraphs.users.model.errors import InputRefused

USER: Final = "U"
SESSION: Final = "S"
TWEET: Final = "T"
_LENGTH: Final = 24  # a letter, an underscore, 22 characters of base64url without padding


def global_id(kind: str, id: UUID) -> str:
    """Write `id` as clients see it: `U_AZ…`."""
    return f"{kind}_{base64.urlsafe_b64encode(id.bytes).rstrip(b'=').decode()}"


def parse_global_id(kind: str, text: str, *field: str) -> UUID:
    """Read a global id of this `kind`.

    Only the one spelling that `global_id` writes is taken: base64 has spare bits at the end, and
    two spellings of one id would be two cache keys for one object.

    Raises:
        InputRefused: anything else; names `field`.
    """
    uuid = _decode(text) if len(text) == _LENGTH and text.startswith(f"{kind}_") else None
    if uuid is None or global_id(kind, uuid) != text:
        raise InputRefused(field, "This is not an id of the right kind.")
    return uuid


def kind_of(text: str) -> str:
    """The letter that a global id begins with; of any text, what stands before the first `_`."""
    return text.partition("_")[0]


def _decode(text: str) -> UUID | None:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(f"{text[2:]}=="))
    except (binascii.Error, ValueError):
        return None
