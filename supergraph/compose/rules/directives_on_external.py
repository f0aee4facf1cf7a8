"""An external field carries no directive into the supergraph: its own subgraph decides those.

Code: MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.merge.directives import WAYS
from supergraph.compose.schema import Field
from supergraph.compose.subgraph import Subgraph


def directives_on_external(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """Judge every external field."""
    for subgraph in subgraphs:
        for definition in subgraph.types.values():
            for field in definition.fields.values():
                if subgraph.is_external(definition.name, field.name):
                    yield from _field(subgraph, field, f"{definition.name}.{field.name}")


def _field(subgraph: Subgraph, field: Field, where: str) -> Iterator[CompositionError]:
    for applied in field.directives:
        if applied.name in WAYS:
            text = f'"{where}" is @external, so it cannot have {applied} here'
            code = "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"
            yield problem(code, subgraph.name, where, text)
