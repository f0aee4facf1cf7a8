"""Which fields the field sets of a subgraph name: what makes them keys, provided or required."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from supergraph.compose.schema import Applied, TypeDefinition, named_type
from supergraph.federation.field_set import (
    FieldSelection,
    FieldSet,
    FieldSetInvalid,
    Selection,
    parse_field_set,
)
from supergraph.model.supergraph import Kind

Coordinate = tuple[str, str]
Types = Mapping[str, TypeDefinition]


@dataclass(frozen=True, slots=True)
class Usage:
    """Coordinates `(type, field)` that field sets name, in interfaces and their implementations.

    Attributes:
        keys: named by a @key.
        provided: named by a @provides.
        required: named by a @requires.
        implementing: fields of objects that an interface asks for.
    """

    keys: frozenset[Coordinate]
    provided: frozenset[Coordinate]
    required: frozenset[Coordinate]
    implementing: frozenset[Coordinate]

    def has(self, coordinate: Coordinate) -> bool:
        """Whether anything names the field."""
        return any(
            coordinate in named
            for named in (self.keys, self.provided, self.required, self.implementing)
        )


def read_usage(types: Types) -> Usage:
    """Collect the uses of every field; field sets that are invalid name nothing."""
    return Usage(
        keys=frozenset(_keys(types)),
        provided=frozenset(_provided(types)),
        required=frozenset(_required(types)),
        implementing=frozenset(_implementing(types)),
    )


def field_set_of(directive: Applied) -> FieldSet | None:
    """The field set in the `fields` argument, `None` where it is none; a rule reports that."""
    text = directive.text("fields")
    if text is None:
        return None
    try:
        return parse_field_set(text)
    except FieldSetInvalid:
        return None


def named_fields(types: Types, parent: str, field_set: FieldSet | None) -> Iterator[Coordinate]:
    """Every field that a field set on `parent` names, at any depth."""
    if field_set is not None:
        yield from _in_selections(types, parent, field_set.selections)


def stops_early(types: Types, parent: str, field_set: FieldSet | None) -> bool:
    """Whether a field set selects an object and nothing of it."""
    return field_set is not None and _stops(types, parent, field_set.selections)


def _stops(types: Types, parent: str, selections: Iterable[Selection]) -> bool:
    for selection in selections:
        if not isinstance(selection, FieldSelection):
            below = selection.type_name or parent
        else:
            definition = types.get(parent)
            found = definition.fields.get(selection.name) if definition else None
            below = named_type(found.type) if found else ""
            is_object = below in types and types[below].is_composite
            if is_object and not selection.selections:
                return True
        if _stops(types, below, selection.selections):
            return True
    return False


def _in_selections(
    types: Types, parent: str, selections: Iterable[Selection]
) -> Iterator[Coordinate]:
    for selection in selections:
        if not isinstance(selection, FieldSelection):
            yield from _in_selections(types, selection.type_name or parent, selection.selections)
            continue
        definition = types.get(parent)
        found = definition.fields.get(selection.name) if definition else None
        if definition is None or found is None:
            continue
        yield parent, selection.name
        for implementation in _implementations(types, definition):
            yield implementation, selection.name
        yield from _in_selections(types, named_type(found.type), selection.selections)


def _implementations(types: Types, definition: TypeDefinition) -> Iterator[str]:
    if definition.kind is Kind.INTERFACE:
        yield from (name for name, item in types.items() if definition.name in item.interfaces)


def _keys(types: Types) -> Iterator[Coordinate]:
    for name, definition in types.items():
        for key in definition.applied("key"):
            yield from named_fields(types, name, field_set_of(key))


def _provided(types: Types) -> Iterator[Coordinate]:
    for definition in types.values():
        for item in definition.fields.values():
            for provides in item.applied("provides"):
                yield from named_fields(types, named_type(item.type), field_set_of(provides))


def _required(types: Types) -> Iterator[Coordinate]:
    for name, definition in types.items():
        for item in definition.fields.values():
            for requires in item.applied("requires"):
                yield from named_fields(types, name, field_set_of(requires))


def _implementing(types: Types) -> Iterator[Coordinate]:
    for name, definition in types.items():
        for interface in definition.interfaces:
            if interface in types:
                asked = types[interface].fields
                yield from ((name, item) for item in asked if item in definition.fields)
