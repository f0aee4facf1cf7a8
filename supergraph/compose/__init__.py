"""Compose subgraphs into a supergraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supergraph.compose.diagnostics import CompositionError, Diagnostic, Hint, errors_of, hints_of
from supergraph.compose.emit import emit
from supergraph.compose.ingest import ingest
from supergraph.compose.merge import merge
from supergraph.compose.subgraph import Subgraph, SubgraphSource, graph_ids

__all__ = ["Composition", "CompositionError", "Hint", "SubgraphSource", "compose"]


@dataclass(frozen=True, slots=True)
class Composition:
    """The outcome.

    Attributes:
        supergraph: SDL, or `None` where there are errors.
    """

    supergraph: str | None
    errors: tuple[CompositionError, ...] = ()
    hints: tuple[Hint, ...] = ()


def compose(subgraphs: Sequence[SubgraphSource]) -> Composition:
    """Compose subgraphs; their order makes no difference."""
    sources = sorted(subgraphs, key=lambda s: s.name)
    ids = graph_ids([s.name for s in sources])
    read=[]; errors=[]
    for s in sources:
        r = ingest(s, ids[s.name])
        if isinstance(r, Subgraph): read.append(r)
        else: errors += r
    if errors: return Composition(None, tuple(errors))
    merged = merge(read)
    e = errors_of(merged.found)
    if e: return Composition(None, e, hints_of(merged.found))
    return Composition(emit(merged), (), hints_of(merged.found))
