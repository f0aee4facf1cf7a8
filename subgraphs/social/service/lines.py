"""What fields of JSON lines hold, besides numbers and text."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.exports import any_text


def flag(value: Any) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise TypeError("is not true or false")
    return value


def user_id(value: Any) -> UUID:
    """Take a UUID."""
    return UUID(any_text(value))


def milliseconds(value: Any) -> int:
    """Take a time in RFC 3339 as Unix milliseconds."""
    time = datetime.fromisoformat(any_text(value))
    if time.tzinfo is None:
        raise ValueError("has no time zone")
    return round(time.timestamp() * 1000)
