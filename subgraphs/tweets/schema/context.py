"""What a resolver finds in `info.context`: who asks, and through what to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

import strawberry

from chassis.cursor import CursorInvalid, CursorSigner
from chassis.postgres import Database
from subgraphs.tweets.loaders import Loaders
from subgraphs.tweets.model.errors import CursorRefused, NotSignedIn
from subgraphs.tweets.model.values import Position
from subgraphs.tweets.service.threads import Threads

THREAD: Final = "thread.replies"
# Response keys and types on the way to a field, without the numbers of lists.
Place: TypeAlias = "tuple[str | int | None, ...]"


class Cursors:
    """Writes and reads the cursors of this service's lists and threads.

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

    def write_change(self, root_id: UUID, number: int) -> str:
        """Encode a place among the changes of a thread."""
        return self._signer.encode(THREAD, [root_id.hex, number])

    def read_change(self, root_id: UUID, cursor: str | None) -> int | None:
        """Decode `after` of a thread; `None` begins now.

        Raises:
            CursorRefused: not from this very thread; names `after`.
        """
        if cursor is None:
            return None
        try:
            found_root, number = self._signer.decode(THREAD, cursor)
        except (CursorInvalid, ValueError) as error:
            raise CursorRefused(("after",)) from error
        if found_root != root_id.hex:
            raise CursorRefused(("after",))
        return int(number)


@dataclass(frozen=True)
class Context:
    """One request's context, or one WebSocket's; `viewer` is the id in the router's claims.

    Attributes:
        asked_for_card: per place of the operation, whether `author` there selects the card; `None`
            on a WebSocket, which has many operations.
    """

    viewer: UUID | None
    database: Database
    loaders: Loaders
    cursors: Cursors
    threads: Threads
    asked_for_card: dict[Place, bool] | None = None

    def signed_in(self) -> UUID:
        """Give the viewer.

        Raises:
            NotSignedIn: there is none. The router cuts such fields before; this is the second lock.
        """
        if self.viewer is None:
            raise NotSignedIn
        return self.viewer


Info: TypeAlias = strawberry.Info[Context, None]
