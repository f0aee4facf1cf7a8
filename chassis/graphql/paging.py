"""Pages of lists, after Relay: what a connection declares, and where a page stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

import strawberry
from strawberry import UNSET
from strawberry.federation.schema_directives import ListSize

DEFAULT_PAGE: Final = 20
PositionT = TypeVar("PositionT")
PositionT_co = TypeVar("PositionT_co", covariant=True)


class Placed(Protocol[PositionT_co]):
    """An item that knows its position in its list."""

    @property
    def position(self) -> PositionT_co:
        """Where the item stands."""
        ...


class Page(Protocol[PositionT_co]):
    """A part of a list, and whether the list goes on at either side of it."""

    @property
    def items(self) -> Sequence[Placed[PositionT_co]]:
        """The items, in order."""
        ...

    @property
    def has_next(self) -> bool:
        """Whether the list goes on behind them."""
        ...

    @property
    def has_previous(self) -> bool:
        """Whether the list goes on before them."""
        ...


@strawberry.federation.type(shareable=True)
class PageInfo:
    """Where a page stands in its list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


def page_info(page: Page[PositionT], cursor: Callable[[PositionT], str]) -> PageInfo:
    """Tell where the page stands in its list; `cursor` writes a position."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=cursor(page.items[0].position) if page.items else None,
        end_cursor=cursor(page.items[-1].position) if page.items else None,
    )


def paged(size: int = DEFAULT_PAGE, *, sized_by: Sequence[str] = ("first",)) -> ListSize:
    """Declare a connection of `size` items where no argument of `sized_by` says otherwise."""
    return ListSize(
        assumed_size=size,
        slicing_arguments=[*sized_by],
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
