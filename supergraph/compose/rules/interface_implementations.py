"""Every object has the fields of its interfaces, all subgraphs taken together.

Codes: INTERFACE_FIELD_NO_IMPLEM, INVALID_GRAPHQL.
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.merge import Merged
from supergraph.compose.schema import TypeDefinition


def interface_implementations(merged: Merged) -> Iterator[CompositionError]:
    """Judge every object and interface that implements an interface."""
    for definition in merged.types.values():
        for name in definition.interfaces:
            interface = merged.types.get(name)
            if interface is not None:
                yield from _implements(definition, interface)


def _implements(
    definition: TypeDefinition, interface: TypeDefinition
) -> Iterator[CompositionError]:
    for field in interface.fields:
        if field not in definition.fields:
            where = f"{definition.name}.{field}"
            text = (
                f'"{interface.name}.{field}" has no implementation in "{definition.name}":'
                " another subgraph gives the interface a field that the type lacks"
            )
            yield CompositionError("INTERFACE_FIELD_NO_IMPLEM", text, (where,))
