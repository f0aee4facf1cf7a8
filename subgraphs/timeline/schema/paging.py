"""Relay's page info, and the arguments of a page that goes both ways."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import ListSize

from subgraphs.timeline.model.errors import PageRefused
from subgraphs.timeline.model.values import LARGEST_PAGE, SMALLEST_PAGE, Page, Window
from subgraphs.timeline.schema.context import Cursors

DEFAULT_PAGE: Final = 20
PAGED: Final = ListSize(
    assumed_size=DEFAULT_PAGE,
    slicing_arguments=["first", "last"],
    sized_fields=["edges"],
    require_one_slicing_argument=False,
)


@strawberry.federation.type(shareable=True)
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


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


def page_info(page: Page, cursors: Cursors, owner: UUID) -> PageInfo:
    """Tell where the page stands in its list."""
    ends = [page.items[0], page.items[-1]] if page.items else []
    start, end = [cursors.write(owner, item.position) for item in ends] or (None, None)
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=start,
        end_cursor=end,
    )
