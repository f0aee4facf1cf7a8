"""Find the objects that a flatten path leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from supergraph.execute.errors import Path
from supergraph.execute.json_values import Object, is_list, is_object
from supergraph.execute.selections import TypeConditions
from supergraph.query_plan.nodes import FlattenPath


@dataclass(frozen=True, slots=True)
class Place:
    """An object in the data and the concrete path to it."""

    path: Path
    object: Object

    @property
    def type_name(self) -> str | None:
        """The object's runtime type, where it is known."""
        name = self.object.get("__typename")
        return name if isinstance(name, str) else None


def find_places(data: Object, path: FlattenPath, conditions: TypeConditions) -> list[Place]:
    """Follow a flatten path; what is null, missing or of another type on the way is left out."""
    found: list[tuple[Path, Any]] = [((), data)]
    for segment in path:
        key, *types = segment.split("|")
        found = [
            (where, value)
            for start, container in found
            for where, value in _step(start, container, key)
            if not types or _is_one_of(value, types, conditions)
        ]
    return [Place(where, value) for where, value in found if is_object(value)]


def _step(start: Path, container: Any, key: str) -> Iterator[tuple[Path, Any]]:
    if key == "@":
        if is_list(container):
            yield from (((*start, index), item) for index, item in enumerate(container))
    elif is_object(container) and key in container:
        yield (*start, key), container[key]


def _is_one_of(value: Any, types: list[str], conditions: TypeConditions) -> bool:
    # A condition after a key may look through lists: the segment `@` that follows it walks them.
    if not is_object(value):
        return is_list(value)
    type_name = value.get("__typename")
    return any(conditions.hold(each, type_name) for each in types)
