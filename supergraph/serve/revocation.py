"""Sessions that ended before their tokens: heard as events, remembered while a token could live.

Each process of the router hears every event. Where NATS is away, tokens go on to hold until they
end by themselves, which is a matter of minutes; a log line and a metric say so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import prometheus_client
import structlog

from chassis.bus import Bus, Following
from chassis.envelope import Envelope
from chassis.identity import Viewer
from supergraph.serve.configuration import RevocationSection
from supergraph.serve.refusals import TokenRefused

_log = structlog.get_logger(__name__)
_heard = prometheus_client.Counter("revocations_heard", "Events that ended sessions")
_current = prometheus_client.Gauge(
    "revocations_current", "1 while every session that ended is known, 0 while NATS is away"
)


class SessionEnded(TokenRefused):
    """The session of this access token has ended."""


class Revocations:
    """Which sessions have ended, and who wants to know when one does.

    Args:
        keep_seconds: how long a token can live.
        now: Unix seconds.
    """

    def __init__(self, keep_seconds: float = 900, now: Callable[[], float] = time.time) -> None:
        self._keep = keep_seconds
        self._now = now
        # Until when each is remembered, earliest first; for users also up to when they count.
        self._sessions: dict[str, float] = {}
        self._users: dict[str, tuple[float, float]] = {}
        self._watchers: dict[str, dict[object, tuple[Viewer, Callable[[], None]]]] = {}

    def revoke(self, user_id: str, session_id: str | None, at: float) -> None:
        """A session of a user ended, or all that began up to `at` (Unix seconds)."""
        self._forget_old()
        until = self._now() + self._keep
        if session_id is not None:
            self._sessions.pop(session_id, None)
            self._sessions[session_id] = until
        else:
            known, _ = self._users.pop(user_id, (at, until))
            self._users[user_id] = (max(known, at), until)
        for viewer, end in list(self._watchers.get(user_id, {}).values()):
            if self.is_revoked(viewer):
                end()

    def is_revoked(self, viewer: Viewer) -> bool:
        """Whether the session of a viewer's token has ended."""
        if viewer.session_id in self._sessions:
            return True
        at, _ = self._users.get(viewer.id, (-1.0, 0.0))
        return viewer.issued_at <= at

    def check(self, viewer: Viewer | None) -> None:
        """Let pass whose session goes on, and who has none.

        Raises:
            SessionEnded: it does not.
        """
        if viewer is not None and self.is_revoked(viewer):
            raise SessionEnded

    @contextmanager
    def watched(self, viewer: Viewer, end: Callable[[], None]) -> Generator[None, None, None]:
        """Have `end` called when the viewer's session ends, in a block."""
        key = object()
        self._watchers.setdefault(viewer.id, {})[key] = (viewer, end)
        try:
            yield
        finally:
            watchers = self._watchers[viewer.id]
            del watchers[key]
            if not watchers:
                del self._watchers[viewer.id]

    def _forget_old(self) -> None:
        now = self._now()
        while self._sessions and next(iter(self._sessions.values())) <= now:
            del self._sessions[next(iter(self._sessions))]
        while self._users and next(iter(self._users.values()))[1] <= now:
            del self._users[next(iter(self._users))]


def follow_revocations(bus: Bus, revocations: Revocations, section: RevocationSection) -> Following:
    """Hear of every session that ends, and of those that ended while a token could live."""

    async def heard(event: Envelope) -> None:
        user, session = event.data.get(section.user_field), event.data.get(section.session_field)
        if not isinstance(user, str) or not isinstance(session, str | None):
            _log.error("no revocation", event_id=event.id, type=event.type)
            return
        _heard.inc()
        revocations.revoke(user, session, event.time.timestamp())

    following = bus.follow(section.subject, heard, section.keep_seconds)
    # Asked for at each look at the metrics.
    _current.set_function(lambda: float(following.is_current))
    return following
