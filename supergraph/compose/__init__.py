"""Compose subgraphs into a supergraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supergraph.compose.diagnostics import CompositionError, Hint, NotComposable, hints_of, refuse
from supergraph.compose.emit import emit
from supergraph.compose.ingest import ingest
from supergraph.compose.merge import merge
from supergraph.compose.rules import judge_federation, judge_subgraphs, judge_supergraph
from supergraph.compose.rules.compose_directive import composed_applications
from supergraph.compose.satisfiability import unsatisfiable
from supergraph.compose.subgraph import SubgraphSource

__all__ = ["Composition", "CompositionError", "Hint", "SubgraphSource", "compose"]


@dataclass(frozen=True, slots=True)
class Composition:
    """The outcome.

    Attributes:
        supergraph: SDL, or `None` where there are errors.
        errors: of the first stage that has any; what would only follow from them is left out.
    """

    supergraph: str | None
    errors: tuple[CompositionError, ...] = ()
    hints: tuple[Hint, ...] = ()


def compose(subgraphs: Sequence[SubgraphSource]) -> Composition:
    """Compose subgraphs; their order makes no difference."""
    try:
        read = ingest(subgraphs)
        found = refuse(judge_subgraphs(read))
        merged = merge(read)
        found += refuse([*judge_federation(read), *merged.found])
        sdl = emit(merged)
        found += refuse([*judge_supergraph(merged), *composed_applications(merged, sdl)])
        refuse(unsatisfiable(merged, sdl))
    except NotComposable as failure:
        return Composition(None, failure.errors, failure.hints)
    return Composition(sdl, hints=hints_of(found))
