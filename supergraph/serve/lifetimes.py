"""How long what a client keeps open lives: to the end of its token, its session or the router."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager

from chassis.identity import Viewer
from supergraph.serve.refusals import Draining, RequestRefused, TokenRefused
from supergraph.serve.revocation import Revocations, SessionEnded

End = Callable[[RequestRefused], None]


class TokenEnded(TokenRefused):
    """The access token has expired."""


class Lifetimes:
    """Ends what is open when its time has come.

    Attributes:
        draining: whether the router is about to end.
    """

    def __init__(self, revocations: Revocations) -> None:
        self._revocations = revocations
        self._open: dict[object, End] = {}
        self.draining = False

    @contextmanager
    def watched(self, viewer: Viewer | None, end: End) -> Generator[None, None, None]:
        """Have `end` called with the reason, perhaps more than once, in a block."""
        key = object()
        self._open[key] = end
        with ExitStack() as watches:
            watches.callback(self._open.pop, key)
            if viewer is not None:
                ended = self._revocations.watched(viewer, lambda: end(SessionEnded()))
                watches.enter_context(ended)
                left = viewer.expires_at - time.time()
                timer = asyncio.get_running_loop().call_later(left, end, TokenEnded())
                watches.callback(timer.cancel)
                # It may have ended between the check of the request and now.
                if self._revocations.is_revoked(viewer):
                    end(SessionEnded())
            if self.draining:
                end(Draining())
            yield

    def drain(self) -> None:
        """End everything that is open, and let nothing new begin."""
        self.draining = True
        for end in list(self._open.values()):
            end(Draining())
