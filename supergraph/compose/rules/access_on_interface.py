"""Access is required of objects; an interface takes what its implementations require.

Code: AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE.
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.access import ACCESS
from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.schema import Element
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind


def access_on_interface(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Judge interfaces, their fields, and objects that stand for interfaces."""
    for definition in subgraph.types.values():
        if definition.kind is Kind.INTERFACE:
            yield from _element(subgraph, definition, definition.name)
            for field in definition.fields.values():
                yield from _element(subgraph, field, f"{definition.name}.{field.name}")
        elif definition.has("interfaceObject"):
            yield from _element(subgraph, definition, definition.name)


def _element(subgraph: Subgraph, element: Element, where: str) -> Iterator[CompositionError]:
    for name in ACCESS:
        if element.has(name):
            text = f'"{where}" cannot have @{name}: it stands on objects and their fields'
            yield problem("AUTH_REQUIREMENTS_APPLIED_ON_INTERFACE", subgraph.name, where, text)
