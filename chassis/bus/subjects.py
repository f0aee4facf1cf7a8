"""Subjects: where things stand on the bus, and what goes wrong with it."""

from __future__ import annotations

import re

# Small on purpose: an id that holds a dot, a wildcard, a space or a line end leads elsewhere.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_FILTER = re.compile(r"[A-Za-z0-9_-]+(\.([A-Za-z0-9_-]+|\*))*(\.>)?", re.ASCII)


class BusUnavailable(Exception):
    """NATS is away, has no stream, or nobody answers."""


class SubjectInvalid(Exception):
    """A part of a subject would change where it leads."""


def subject(*tokens: str) -> str:
    """Join tokens to a subject: letters, digits, `_`, `-`, 1 to 128 of them each.

    Raises:
        SubjectInvalid: a token is empty, too long, or holds something else.
    """
    for token in tokens:
        if not _TOKEN.fullmatch(token):
            raise SubjectInvalid(f"{token!r} is no token of a subject")
    return ".".join(tokens)


def checked(text: str) -> str:
    """A subject of ours, as it stands in code: `*` and a last `>` are allowed.

    Raises:
        SubjectInvalid: it is not well formed.
    """
    if not _FILTER.fullmatch(text):
        raise SubjectInvalid(f"{text!r} is no subject")
    return text
