"""Field sets as sets: union, and what they hold below a field or a type condition."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from supergraph.federation.field_set import FieldSelection, Selection, TypeSelection


def union(*parts: Iterable[Selection]) -> tuple[Selection, ...]:
    """All selections of all parts, each once, merged below, in one canonical order."""
    found: dict[str, Selection] = {}
    for selection in (s for part in parts for s in part):
        head = _head(selection)
        before = found.get(head)
        below = union(before.selections if before else (), selection.selections)
        found[head] = replace(selection, selections=below)
    return tuple(found[head] for head in sorted(found))


def _head(selection: Selection) -> str:
    if isinstance(selection, FieldSelection):
        return f"{selection.alias or ''}:{selection.name}({selection.arguments})"
    return f"... on {selection.type_name}"


def has_field(selections: Iterable[Selection], name: str) -> bool:
    """Whether a field is selected, outside any type condition."""
    return any(isinstance(s, FieldSelection) and s.name == name for s in selections)


def below_field(selections: Iterable[Selection], name: str) -> tuple[Selection, ...]:
    """What is selected below a field."""
    return union(
        *(s.selections for s in selections if isinstance(s, FieldSelection) and s.name == name)
    )


def below_type(selections: Iterable[Selection], names: frozenset[str]) -> tuple[Selection, ...]:
    """What is selected for objects of a type.

    Args:
        selections: with type conditions.
        names: the object type and everything abstract that it belongs to.
    """
    parts: list[tuple[Selection, ...]] = []
    for selection in selections:
        if not isinstance(selection, TypeSelection):
            parts.append((selection,))
        elif selection.type_name is None or selection.type_name in names:
            parts.append(below_type(selection.selections, names))
    return union(*parts)
