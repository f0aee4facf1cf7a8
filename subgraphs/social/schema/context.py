"""What a resolver finds in `info.context`: who asks, and through what to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import strawberry

from chassis.cursor import CursorInvalid, CursorSigner
from chassis.neo4j import Graph
from subgraphs.social.loaders import Loaders
from subgraphs.social.model.errors import CursorRefused, NotSignedIn
from subgraphs.social.model.values import Position
from subgraphs.social.service.following import Follows


class Cursors:
    """Writes and reads the cursors of this service's lists.

    A cursor holds the kind of list, whose list it is and a position, signed. One from another
    list, another person's list or another search is refused like a forged one.

    Args:
        signer: signs with MT_CURSOR_SECRET.
    """

    def __init__(self, signer: CursorSigner) -> None:
        self._signer = signer

    def write(self, kind: str, owner: str, position: Position) -> str:
        """Encode a position in the list `kind` of `owner`."""
        return self._signer.encode(kind, [owner, position.id.hex, *position.keys])

    def read(self, kind: str, owner: str, cursor: str | None, keys: int) -> Position | None:
        """Decode `after`, a position of so many `keys`; `None` starts at the top.

        Raises:
            CursorRefused: not from this very list; names `after`.
        """
        if cursor is None:
            return None
        try:
            found_owner, place, *found = self._signer.decode(kind, cursor)
            position = Position(tuple(int(key) for key in found), UUID(str(place)))
        except (CursorInvalid, ValueError) as error:
            raise CursorRefused(("after",)) from error
        if found_owner != owner or len(position.keys) != keys:
            raise CursorRefused(("after",))
        return position


@dataclass(frozen=True)
class Context:
    """One request's context; `viewer` is the id in the router's claims."""

    viewer: UUID | None
    graph: Graph
    loaders: Loaders
    cursors: Cursors
    follows: Follows

    def signed_in(self) -> UUID:
        """Give the viewer.

        Raises:
            NotSignedIn: there is none. The router cuts such fields before; this is the second lock.
        """
        if self.viewer is None:
            raise NotSignedIn
        return self.viewer


Info: TypeAlias = strawberry.Info[Context, None]
