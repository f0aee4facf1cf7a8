"""Ids: UUIDs inside; for clients opaque global ids, as every service writes them."""

from __future__ import annotations

import base64
from typing import Final
from uuid import UUID

TWEET: Final = "T"
USER: Final = "U"


def global_id(kind: str, id: UUID) -> str:
    """Write `id` as clients see it: `T_AZ…`, the letter of its type and 22 of base64url."""
    return f"{kind}_{base64.urlsafe_b64encode(id.bytes).rstrip(b'=').decode()}"
