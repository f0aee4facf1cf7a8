"""A field needs at least what the fields that it @requires need: else it would leak them.

Code: MISSING_TRANSITIVE_AUTH_REQUIREMENTS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from supergraph.compose.access import Need, need_of
from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.field_use import field_set_of
from supergraph.compose.merge import Merged
from supergraph.compose.schema import Field, TypeDefinition, named_type
from supergraph.compose.subgraph import Subgraph
from supergraph.federation.field_set import FieldSelection, Selection

Found = tuple[str, Need]


def transitive_access(merged: Merged) -> Iterator[CompositionError]:
    """Judge every @requires."""
    for subgraph in merged.subgraphs:
        for definition in subgraph.types.values():
            for field in definition.fields.values():
                yield from _field(merged, subgraph, definition, field)


def _field(
    merged: Merged, subgraph: Subgraph, definition: TypeDefinition, field: Field
) -> Iterator[CompositionError]:
    where = f"{definition.name}.{field.name}"
    have = _need(merged, definition.name) & _need(merged, definition.name, field.name)
    for applied in field.applied("requires"):
        field_set = field_set_of(applied)
        selections = field_set.selections if field_set else ()
        for needed, need in _needs(merged, definition.name, selections):
            if not have.implies(need):
                text = f'"{where}" requires "{needed}" and must need what that needs of viewers'
                code = "MISSING_TRANSITIVE_AUTH_REQUIREMENTS"
                yield problem(code, subgraph.name, where, text)


def _needs(merged: Merged, parent: str, selections: Iterable[Selection]) -> Iterator[Found]:
    """What is named in a field set, with what a viewer needs to see it."""
    for item in selections:
        if not isinstance(item, FieldSelection):
            inner = item.type_name or parent
            yield inner, _need(merged, inner)
            yield from _needs(merged, inner, item.selections)
            continue
        field = merged.types[parent].fields.get(item.name)
        if field is None:
            continue
        below = named_type(field.type)
        yield f"{parent}.{item.name}", _need(merged, parent, item.name) & _need(merged, below)
        yield from _needs(merged, below, item.selections)


def _need(merged: Merged, type_name: str, field_name: str | None = None) -> Need:
    """Of a type or one of its fields; interfaces have taken over what their objects need."""
    definition = merged.types.get(type_name)
    element = definition.fields.get(field_name) if definition and field_name else definition
    return need_of(element, merged.features.names) if element else Need()
