"""@shareable stands on fields of objects, once.

Code: INVALID_SHAREABLE_USAGE.
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind


def shareable_usage(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Judge every @shareable on a field."""
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            count = len(list(field.applied("shareable")))
            where = f"{definition.name}.{field.name}"
            if count and definition.kind is Kind.INTERFACE:
                text = f'"{where}" is a field of an interface, which cannot be @shareable'
                yield problem("INVALID_SHAREABLE_USAGE", subgraph.name, where, text)
            elif count > 1:
                text = f'"{where}" is marked @shareable more than once'
                yield problem("INVALID_SHAREABLE_USAGE", subgraph.name, where, text)
