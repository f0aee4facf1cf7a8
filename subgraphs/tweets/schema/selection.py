"""What an operation selects, where a resolver can spare a look-up by it."""

from typing import Final

from graphql.pyutils import Path
from strawberry.types.nodes import SelectedField, Selection

from subgraphs.tweets.schema.context import Info, Place

CARD_FIELDS: Final = frozenset({"username", "displayName", "avatar"})


def asks_for_card(info: Info) -> bool:
    """Tell whether `author` selects a field of the card: found out once for a whole list."""
    known = info.context.asked_for_card
    place = () if known is None else _place(info.path)
    if known is not None and place in known:
        return known[place]
    asks = any(_asks_for(CARD_FIELDS, field.selections) for field in info.selected_fields)
    if known is not None:
        known[place] = asks
    return asks


def _place(path: Path) -> Place:
    place: list[str | int | None] = []
    at: Path | None = path
    while at is not None:
        if not isinstance(at.key, int):
            place += (at.key, at.typename)
        at = at.prev
    return tuple(place)


def _asks_for(names: frozenset[str], selections: list[Selection]) -> bool:
    """Tell whether any of `names` is selected, here or in a fragment here."""
    return any(
        selection.name in names
        if isinstance(selection, SelectedField)
        else _asks_for(names, selection.selections)
        for selection in selections
    )
