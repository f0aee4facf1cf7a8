"""@interfaceObject stands on entities: the router must get from them to the real objects.

Code: INTERFACE_OBJECT_USAGE_ERROR.
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.subgraph import Subgraph


def interface_object(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Judge every @interfaceObject of a subgraph."""
    for definition in subgraph.types.values():
        if definition.has("interfaceObject") and not definition.has("key"):
            text = f'"{definition.name}" is an @interfaceObject without a @key'
            yield problem("INTERFACE_OBJECT_USAGE_ERROR", subgraph.name, definition.name, text)
