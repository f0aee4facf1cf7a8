"""Whose session a piece of work belongs to: in every log line, and on from service to service.

Requests carry it in their claims, events in their envelope; so one query over the logs of all
services gives everything that one session caused.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from structlog.contextvars import bind_contextvars, get_contextvars, unbind_contextvars

# What the field is called in log lines; `chassis.envelope` reads it by the same name.
FIELD = "session_id"


@contextmanager
def session_scope(session_id: str | None = None) -> Generator[None, None, None]:
    """Work for this session in a block, or for nobody's until `in_session` says whose it is."""
    before = get_contextvars().get(FIELD)
    in_session(session_id)
    try:
        yield
    finally:
        in_session(before)


def in_session(session_id: str | None) -> None:
    """Say whose work this is, up to the end of the surrounding `session_scope`."""
    if session_id is None:
        unbind_contextvars(FIELD)
    else:
        bind_contextvars(**{FIELD: session_id})
