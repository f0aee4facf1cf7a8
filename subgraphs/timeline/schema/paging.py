"""The arguments of a page that goes both ways."""

from dataclasses import dataclass
from uuid import UUID

from chassis.graphql import DEFAULT_PAGE
from subgraphs.timeline.model.errors import PageRefused
from subgraphs.timeline.model.values import LARGEST_PAGE, SMALLEST_PAGE, Window
from subgraphs.timeline.schema.context import Cursors


@dataclass(frozen=True)
class Slice:
    """The arguments of a page, as they came."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None


def requested(cursors: Cursors, owner: UUID, asked: Slice) -> Window:
    """Read the arguments: `first` goes with `after`, `last` with `before`.

    Raises:
        PageRefused: a size is not 1 to 100, or the two ways are mixed; names the argument.
        CursorRefused: the cursor is not of this timeline; names the argument.
    """
    backward = asked.last is not None or asked.before is not None
    if backward and asked.after is not None:
        raise PageRefused(("after",), "`after` goes with `first`, `before` with `last`.")
    if asked.before is not None and asked.last is None:
        raise PageRefused(("before",), "`before` needs `last`.")
    size, name = (asked.last, "last") if backward else (asked.first, "first")
    size = DEFAULT_PAGE if size is None else size
    if not SMALLEST_PAGE <= size <= LARGEST_PAGE:
        raise PageRefused((name,))
    cursor, place = (asked.before, "before") if backward else (asked.after, "after")
    start = None if cursor is None else cursors.read(owner, cursor, place)
    return Window(size, start, newer=backward)
