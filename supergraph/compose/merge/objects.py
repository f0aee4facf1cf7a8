"""Merge object types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from supergraph.compose.merge.context import Merging, Source
from supergraph.compose.merge.descriptions import merge_description
from supergraph.compose.merge.directives import merge_directives
from supergraph.compose.merge.fields import merge_fields
from supergraph.compose.merge.joins import join_implements, join_types
from supergraph.compose.schema import TypeDefinition


def merge_object(sources: Sequence[Source[TypeDefinition]], merging: Merging) -> TypeDefinition:
    """An object or interface type with the fields and interfaces of every subgraph."""
    parts = [source.value for source in sources]
    name = parts[0].name
    applied = merge_directives(parts, merging, name)
    return replace(
        parts[0],
        description=merge_description(parts, merging, name),
        directives=join_implements(sources) + join_types(sources) + applied,
        fields=merge_fields(sources, merging),
        interfaces=tuple(dict.fromkeys(name for part in parts for name in part.interfaces)),
        is_extension=False,
    )
