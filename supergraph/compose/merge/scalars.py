"""Merge scalar types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from supergraph.compose.merge.context import Merging, Source
from supergraph.compose.merge.descriptions import merge_description
from supergraph.compose.merge.directives import merge_directives
from supergraph.compose.merge.joins import join_types
from supergraph.compose.schema import TypeDefinition


def merge_scalar(sources: Sequence[Source[TypeDefinition]], merging: Merging) -> TypeDefinition:
    """A scalar, the same in every subgraph."""
    parts = [source.value for source in sources]
    name = parts[0].name
    return replace(
        parts[0],
        description=merge_description(parts, merging, name),
        directives=join_types(sources) + merge_directives(parts, merging, name),
        is_extension=False,
    )
