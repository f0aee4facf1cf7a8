"""What a resolver finds in `info.context`: who asks, and through what to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import strawberry

from chassis.cursor import CursorInvalid, CursorSigner
from chassis.postgres import Database
from subgraphs.tweets.loaders import Loaders
from subgraphs.tweets.model.errors import CursorRefused, NotSignedIn
from subgraphs.tweets.model.values import Position


class Cursors:
    """Writes and reads the cursors of this service's lists, and the tokens of its changes.

    A cursor holds the kind of list, whose list it is and a position, signed. One from another
    list, another person's list or another search is refused like a forged one.

    Args:
        signer: signs with MT_CURSOR_SECRET.
    """

    def __init__(self, signer: CursorSigner) -> None:
        self._signer = signer

    def write(self, kind: str, owner: str, position: Position) -> str:
        """Encode a position in the list `kind` of `owner`."""
        return self._signer.encode(kind, [owner, position.id.hex, position.rank])

    def read(self, kind: str, owner: str, cursor: str | None) -> Position | None:
        """Decode `after`; `None` starts at the top.

        Raises:
            CursorRefused: not from this very list; names `after`.
        """
        if cursor is None:
            return None
        try:
            found_owner, place, rank = self._signer.decode(kind, cursor)
        except (CursorInvalid, ValueError) as error:
            raise CursorRefused(("after",)) from error
        if found_owner != owner:
            raise CursorRefused(("after",))
        return Position(UUID(str(place)), int(rank))

    def token(self, id: UUID, version: int) -> str:
        """Name a change: the tweet and its version after it, for reading one's own write.

        Opaque for clients. Holds `[tweet id as 32 hex digits, version]` under the kind
        `write-token`, for services with the same MT_CURSOR_SECRET.
        """
        return self._signer.encode("write-token", [id.hex, version])


@dataclass(frozen=True)
class Context:
    """One request's context; `viewer` is the id in the claims that the router signed."""

    viewer: UUID | None
    database: Database
    loaders: Loaders
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
