"""What is extended is defined somewhere.

Code: EXTENSION_WITH_NO_BASE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.subgraph import ROOTS, Subgraph


def extensions(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """Judge every type that no subgraph defines; `@extends` stands on a definition."""
    defined = {
        item.name
        for subgraph in subgraphs
        for item in subgraph.types.values()
        if not item.is_extension or item.has("extends")
    }
    for subgraph in subgraphs:
        for name in subgraph.types:
            if name not in defined and name not in ROOTS:
                text = f'"{name}" is only extended, and no subgraph defines it'
                yield CompositionError("EXTENSION_WITH_NO_BASE", text, (subgraph.where(name),))
