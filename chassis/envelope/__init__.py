"""What travels between services: events, and tokens that name a change.

Errors:

    EnvelopeInvalid
      EventTooLarge
    TokenMalformed
"""

from __future__ import annotations

from chassis.envelope.event import (
    JSON,
    PREFIX,
    Envelope,
    EnvelopeInvalid,
    EventTooLarge,
    uuid7,
)
from chassis.envelope.write_token import TokenMalformed, WriteToken, read_token, write_token

__all__ = [
    "JSON",
    "PREFIX",
    "Envelope",
    "EnvelopeInvalid",
    "EventTooLarge",
    "TokenMalformed",
    "WriteToken",
    "read_token",
    "uuid7",
    "write_token",
]
