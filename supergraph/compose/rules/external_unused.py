"""A field is @external only where a key, @requires, @provides or an interface needs it.

Codes: EXTERNAL_UNUSED, EXTERNAL_ON_INTERFACE.
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.schema import Field, TypeDefinition
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind


def external_unused(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Judge every external field of a subgraph."""
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            yield from _field(subgraph, definition, field)


def _field(
    subgraph: Subgraph, definition: TypeDefinition, field: Field
) -> Iterator[CompositionError]:
    where = f"{definition.name}.{field.name}"
    if field.has("external") and definition.kind is Kind.INTERFACE:
        text = f'"{where}" is a field of an interface, which cannot be @external'
        yield problem("EXTERNAL_ON_INTERFACE", subgraph.name, where, text)
        return
    is_external = subgraph.is_external(definition.name, field.name)
    if is_external and not subgraph.usage.has((definition.name, field.name)):
        text = f'"{where}" is @external, but no key, @requires, @provides or interface needs it'
        yield problem("EXTERNAL_UNUSED", subgraph.name, where, text)
