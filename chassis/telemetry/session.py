"""Whose session a piece of work belongs to: in every log line, and on from service to service.

Requests carry it in their claims, events in their envelope; so one query over the logs of all
services gives everything that one session caused.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from structlog.contextvars import bind_contextvars, get_contextvars, unbind_contextvars
from structlog.typing import EventDict, WrappedLogger

# What the field is called in log lines.
FIELD = "session_id"


@dataclass(slots=True)
class _Work:
    """Shared by all tasks of a piece of work: what one of them finds out, the others know too.

    As text, in lines of whoever has not configured logs, it is the session's id.
    """

    session_id: str | None

    def __repr__(self) -> str:
        return self.session_id or ""


@contextmanager
def session_scope(session_id: str | None = None) -> Generator[None, None, None]:
    """Work for this session in a block, or for nobody's until `in_session` says whose it is."""
    before = _current()
    bind_contextvars(**{FIELD: _Work(session_id)})
    try:
        yield
    finally:
        if before is None:
            unbind_contextvars(FIELD)
        else:
            bind_contextvars(**{FIELD: before})


def in_session(session_id: str | None) -> None:
    """Say whose work this is, for all of the surrounding `session_scope` and the tasks in it."""
    work = _current()
    if work is None:
        bind_contextvars(**{FIELD: _Work(session_id)})
    else:
        work.session_id = session_id


def current_session() -> str | None:
    """Whose work this is, as far as anybody has said."""
    work = _current()
    return work.session_id if work else None


def write_session(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Write `session_id` into a log line as text, or leave it out where nobody has said it."""
    if (session_id := current_session()) is None:
        line.pop(FIELD, None)
    else:
        line[FIELD] = session_id
    return line


def _current() -> _Work | None:
    found: object = get_contextvars().get(FIELD)
    return found if isinstance(found, _Work) else None
