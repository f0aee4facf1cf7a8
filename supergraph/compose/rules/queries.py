"""A supergraph can be asked something.

Code: NO_QUERIES.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.subgraph import Subgraph


def queries(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """Some subgraph has a field of Query."""
    if not any("Query" in s.types and s.types["Query"].fields for s in subgraphs):
        yield CompositionError("NO_QUERIES", "no subgraph has a query field")
