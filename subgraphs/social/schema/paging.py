"""The arguments of a page."""

from collections.abc import Callable

from strawberry import UNSET

from subgraphs.social.model.values import Position, Window
from subgraphs.social.schema.context import Info
from subgraphs.social.service.reading import window


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
