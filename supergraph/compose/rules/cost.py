"""@cost stands on what a server resolves.

Code: COST_APPLIED_TO_INTERFACE_FIELD.

See https://ibm.github.io/graphql-specs/cost-spec.html
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind


def cost(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Judge the fields of interfaces, and of objects that stand for interfaces."""
    for definition in subgraph.types.values():
        if definition.kind is not Kind.INTERFACE and not definition.has("interfaceObject"):
            continue
        for field in definition.fields.values():
            if field.has("cost"):
                where = f"{definition.name}.{field.name}"
                text = f'"{where}" is a field of an interface, which has no cost of its own'
                yield problem("COST_APPLIED_TO_INTERFACE_FIELD", subgraph.name, where, text)
