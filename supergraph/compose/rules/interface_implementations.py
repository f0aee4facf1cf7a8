"""Every object has the fields of its interfaces, all subgraphs taken together.

Codes: INTERFACE_FIELD_NO_IMPLEM, INVALID_GRAPHQL.
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.merge import Merged
from supergraph.compose.merge.subtypes import Subtypes, read_subtypes
from supergraph.compose.schema import Field, TypeDefinition


def interface_implementations(merged: Merged) -> Iterator[CompositionError]:
    """Judge every object and interface that implements an interface."""
    subtypes = read_subtypes(merged.subgraphs)
    for definition in merged.types.values():
        for name in definition.interfaces:
            interface = merged.types.get(name)
            if interface is not None:
                yield from _implements(definition, interface, subtypes)


def _implements(
    definition: TypeDefinition, interface: TypeDefinition, subtypes: Subtypes
) -> Iterator[CompositionError]:
    for name, promised in interface.fields.items():
        where = f"{definition.name}.{name}"
        found = definition.fields.get(name)
        if found is None:
            text = (
                f'"{interface.name}.{name}" has no implementation in "{definition.name}":'
                " another subgraph gives the interface a field that the type lacks"
            )
            yield CompositionError("INTERFACE_FIELD_NO_IMPLEM", text, (where,))
            continue
        for text in _differences(found, promised, subtypes):
            message = f'"{where}" does not implement "{interface.name}.{name}": {text}'
            yield CompositionError("INVALID_GRAPHQL", message, (where,))


def _differences(found: Field, promised: Field, subtypes: Subtypes) -> Iterator[str]:
    if not subtypes.is_subtype(found.type, promised.type):
        yield f"its type {found.type} is not a {promised.type}"
    for name, argument in promised.arguments.items():
        given = found.arguments.get(name)
        if given is None or given.type != argument.type:
            yield f'its argument "{name}" must be {argument.type}'
    for name, argument in found.arguments.items():
        if name not in promised.arguments and argument.is_required:
            yield f'its argument "{name}" must not be required'
