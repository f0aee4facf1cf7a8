"""Relay's page info, and what every connection field declares."""

from collections.abc import Callable
from typing import Any, Final

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import ListSize

from subgraphs.social.model.values import Page, Position, Window
from subgraphs.social.schema.context import Info
from subgraphs.social.service.reading import window

DEFAULT_PAGE: Final = 20


def paged(size: int) -> ListSize:
    """Declare a connection of `size` items where nobody says otherwise."""
    return ListSize(
        assumed_size=size,
        slicing_arguments=["first"],
        sized_fields=["edges"],
        require_one_slicing_argument=False,
    )


def assumed_size(size: int) -> ListSize:
    """Declare about how many items a plain list has."""
    # Strawberry leaves out what is unset, and prints `null` for None.
    unset: Any = UNSET
    return ListSize(
        assumed_size=size,
        slicing_arguments=unset,
        sized_fields=unset,
        require_one_slicing_argument=unset,
    )


@strawberry.federation.type(shareable=True)
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


def requested(
    info: Info, kind: str, owner: str, arguments: tuple[int, str | None], keys: int = 1
) -> tuple[Window, Callable[[Position], str]]:
    """Read a connection's arguments `(first, after)`; its positions have so many `keys`.

    Returns:
        The window, and the function that writes cursors of this list.

    Raises:
        PageRefused: `first` is not 1 to 100.
        CursorRefused: `after` is not from this list.
    """
    first, after = arguments
    cursors = info.context.cursors
    start = None if after is UNSET else cursors.read(kind, owner, after, keys)
    part = window(first, start)
    return part, lambda position: cursors.write(kind, owner, position)


def page_info(page: Page[Any], cursor: Callable[[Position], str]) -> PageInfo:
    """Tell where the page stands in its list."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=cursor(page.items[0].position) if page.items else None,
        end_cursor=cursor(page.items[-1].position) if page.items else None,
    )
