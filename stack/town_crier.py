"""`python -m stack.town_crier`: an account of the demo world that posts, so that timelines move.

It is a client as any other: signs up through a router, is followed by the demo person, posts a text
every few seconds and deletes its oldest, so that both kinds of live frames are seen. Its texts come
in a fixed order, and it ends after a number of them, so that nothing grows without end.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from stack.client import Person, Refused, Session

USERNAME = "town_crier"
PAUSE_SECONDS = 5.0
# Living posts; further ones push the oldest out.
KEPT = 100
MOST = 2_000
# Every so many posts it asks again to be followed, where that was refused.
ASK_AGAIN = 3
TEXTS = (
    "Hear ye! The gates are open.",
    "The baker has fresh rye bread, as long as it lasts.",
    "The market begins at the old well.",
    "Lost: one brown goat. Answers to Matilda.",
    "The ferry leaves when it is full.",
    "Found: one brown goat. Would not say her name.",
    "The smith mends kettles until noon.",
    "Rain from the west by evening, the shepherds say.",
    "The choir meets in the tower. Bring your own stool.",
    "The bridge is swept, and the toll is a song.",
    "The clock strikes, and for once it is right.",
    "All is well, and the lamps are lit.",
)


class TownCrier:
    """The account at work.

    Args:
        routers: their origins.
        crier: the account, made where it is missing.
        demo: who follows it.
        kept: how many posts live.
    """

    def __init__(
        self, routers: Sequence[str], crier: Person, demo: Person, kept: int = KEPT
    ) -> None:
        self._routers = deque(routers)
        self._crier = crier
        self._demo = demo
        self._kept = kept
        self._session: Session | None = None
        self._living: deque[tuple[str, str]] = deque()
        self._key = secrets.token_hex(8)
        self._until_asked = 0

    def cry(self) -> str:
        """Post the next text, and delete the oldest posts that are too many. Returns the text.

        Raises:
            Refused: not this time; the next call begins anew.
            OSError: likewise.
        """
        try:
            session = self._entered()
            text = self._next_text()
            given = {"text": text, "idempotencyKey": self._key}
            posted = session.ask("post-tweet", {"input": given})["tweet"]
            self._key = secrets.token_hex(8)
            self._living.append((posted["id"], text))
            while len(self._living) > self._kept:
                session.ask("delete-tweet", {"id": self._living[0][0]})
                self._living.popleft()
        except (Refused, OSError):
            self._session = None
            # Its answer may be lost: what comes next may be another text, and needs another key.
            self._key = secrets.token_hex(8)
            raise
        return text

    def _entered(self) -> Session:
        if self._session is None:
            session = Session(self._routers)
            try:
                session.enter(self._crier)
            except Refused:
                session.sign_up(self._crier)
            self._living = deque(reversed(self._posts(session)))
            self._session = session
        self._session.stay()
        self._be_followed(self._session)
        return self._session

    def _posts(self, session: Session) -> list[tuple[str, str]]:
        """Id and text of what lives, the latest first."""
        found: list[tuple[str, str]] = []
        page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
        while page["hasNextPage"]:
            place = {"username": self._crier.username, "after": page["endCursor"]}
            posts = session.ask("profile", {"first": 50, **place})["tweets"]
            found += [(edge["node"]["id"], edge["node"]["text"]) for edge in posts["edges"]]
            page = posts["pageInfo"]
        return found

    def _next_text(self) -> str:
        latest = self._living[-1][1] if self._living else TEXTS[-1]
        return TEXTS[(TEXTS.index(latest) + 1) % len(TEXTS)] if latest in TEXTS else TEXTS[0]

    def _be_followed(self, session: Session) -> None:
        """Have the demo person follow, now and then until it is done: social may be away."""
        self._until_asked -= 1
        if self._until_asked > 0:
            return
        self._until_asked = ASK_AGAIN
        me = session.ask("profile", {"username": self._crier.username, "first": 1})["id"]
        demo = Session(self._routers)
        try:
            demo.enter(self._demo)
            demo.ask("follow", {"userId": me})
            self._until_asked = sys.maxsize
            demo.ask("log-out", {})
        except (Refused, OSError) as error:
            say(f"not followed by {self._demo.username}: {error}")


def say(line: str) -> None:
    """One line of output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Post until told to end; after `MOST` posts, only wait for that."""
    environ = os.environ
    crier = Person(USERNAME, environ["MT_CRIER_PASSWORD"])
    demo = Person(environ["MT_DEMO_USERNAME"], environ["MT_DEMO_PASSWORD"])
    town_crier = TownCrier(environ["MT_ROUTER_URLS"].split(), crier, demo)
    left = MOST
    while left > 0:
        try:
            town_crier.cry()
            left -= 1
        except (Refused, OSError) as error:
            say(f"not posted: {error}")
        time.sleep(PAUSE_SECONDS)
    say(f"{MOST} posts are enough for today")
    signal.pause()


if __name__ == "__main__":
    main()
