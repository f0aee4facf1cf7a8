"""A directive has the same name in all subgraphs.

Code: LINK_IMPORT_NAME_MISMATCH.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.merge.features import FEATURES, applications
from supergraph.compose.subgraph import Subgraph


def directive_names(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """A directive that the supergraph carries is called the same wherever it is applied."""
    for feature in FEATURES:
        for directive, _ in feature.directives:
            yield from _names_of(directive, subgraphs)


def _names_of(directive: str, subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    local = {
        subgraph.local_names[directive]: subgraph.name
        for subgraph in subgraphs
        if any(applied.name == directive for applied in applications(subgraph))
    }
    if len(local) > 1:
        text = ", ".join(f"@{name} in {subgraph}" for name, subgraph in local.items())
        message = f"@{directive} has different names in the subgraphs: {text}"
        yield CompositionError("LINK_IMPORT_NAME_MISMATCH", message, (f"@{directive}",))
