"""Subgraphs that share a field of an abstract type can answer with an object type in common.

Code: SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES.
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.field_sources import FieldSource, each_field
from supergraph.compose.merge import Merged
from supergraph.compose.overrides import overriders
from supergraph.compose.schema import named_type
from supergraph.model.supergraph import Kind


def runtime_types(merged: Merged) -> Iterator[CompositionError]:
    """Judge every field that several subgraphs resolve."""
    for type_name, field_name, sources in each_field(merged.subgraphs, Kind.OBJECT):
        taken = overriders(sources)
        resolving = [
            source
            for source in sources
            if source.subgraph.name not in taken
            and not source.subgraph.is_external(type_name, field_name)
        ]
        found = [_runtime_types(source) for source in resolving]
        if len(found) > 1 and all(found) and not found[0].intersection(*found[1:]):
            where = f"{type_name}.{field_name}"
            text = ", ".join(
                f"{source.subgraph.name}: {' or '.join(sorted(types))}"
                for source, types in zip(resolving, found, strict=True)
            )
            message = f'"{where}" is shared, but its objects have no type in common ({text})'
            yield CompositionError("SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES", message, (where,))


def _runtime_types(source: FieldSource) -> frozenset[str]:
    return frozenset(source.subgraph.runtime_types(named_type(source.value.type)))
