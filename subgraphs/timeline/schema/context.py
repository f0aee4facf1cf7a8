"""What a resolver finds in `info.context`: who asks, and through what to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

import strawberry

from chassis.cursor import CursorInvalid, CursorSigner
from subgraphs.timeline.model.errors import CursorRefused, NotSignedIn
from subgraphs.timeline.model.values import NOWHERE, LogPosition, Position
from subgraphs.timeline.service.resources import Resources

PAGE: Final = "home"
RESUME: Final = "home.resume"


class Cursors:
    """Writes and reads the cursors of pages, and the tokens that go on live.

    Both are signed and hold whose timeline it is. They are of two kinds: a page goes on below a
    place in the order of tweets, a live timeline after a change of the feed, and a tweet that
    arrives late is an old place but a new change.

    Args:
        signer: signs with MT_CURSOR_SECRET.
    """

    def __init__(self, signer: CursorSigner) -> None:
        self._signer = signer

    def write(self, owner: UUID, position: Position) -> str:
        """Encode a place in the order of `owner`'s timeline."""
        return self._signer.encode(PAGE, [owner.hex, position.ms, position.id.hex])

    def read(self, owner: UUID, cursor: str, argument: str) -> Position:
        """Decode a place.

        Raises:
            CursorRefused: not of `owner`'s timeline; names `argument`.
        """
        try:
            whose, ms, tweet = self._signer.decode(PAGE, cursor)
        except (CursorInvalid, ValueError) as error:
            raise CursorRefused((argument,)) from error
        if whose != owner.hex:
            raise CursorRefused((argument,))
        return Position(int(ms), UUID(str(tweet)))

    def write_resume(self, owner: UUID, position: LogPosition) -> str:
        """Encode a place in the log of `owner`'s feed."""
        return self._signer.encode(RESUME, [owner.hex, position.epoch, position.seq])

    def read_resume(self, owner: UUID, token: str) -> LogPosition:
        """Decode a place in the log; `NOWHERE` for whatever is no token of `owner`'s."""
        try:
            whose, epoch, seq = self._signer.decode(RESUME, token)
        except (CursorInvalid, ValueError):
            return NOWHERE
        return LogPosition(str(epoch), int(seq)) if whose == owner.hex else NOWHERE


@dataclass(frozen=True)
class Context:
    """One request's context; `viewer` is the id in the claims that the router signed."""

    viewer: UUID | None
    resources: Resources
    cursors: Cursors

    def signed_in(self) -> UUID:
        """Give the viewer.

        Raises:
            NotSignedIn: there is none. The router cuts such fields before; this is the second lock.
        """
        if self.viewer is None:
            raise NotSignedIn
        return self.viewer


Info: TypeAlias = strawberry.Info[Context, None]
