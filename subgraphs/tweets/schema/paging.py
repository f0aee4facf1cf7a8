"""The arguments of a page."""

from collections.abc import Callable

from strawberry import UNSET

from chassis.graphql import DEFAULT_PAGE
from subgraphs.tweets.model.values import Position, Window
from subgraphs.tweets.schema.context import Info
from subgraphs.tweets.service.reading import window


def requested(
    info: Info, kind: str, owner: str, first: int | None, after: str | None
) -> tuple[Window, Callable[[Position], str]]:
    """Read a connection's arguments.

    Returns:
        The window, and the function that writes cursors of this list.

    Raises:
        PageRefused: `first` is not 1 to 100.
        CursorRefused: `after` is not from this list.
    """
    cursors = info.context.cursors
    start = None if after is UNSET else cursors.read(kind, owner, after)
    part = window(DEFAULT_PAGE if first is None else first, start)
    return part, lambda position: cursors.write(kind, owner, position)
