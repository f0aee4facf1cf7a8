"""Merge union types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from supergraph.compose.merge.context import Merging, Source
from supergraph.compose.merge.descriptions import merge_description
from supergraph.compose.merge.directives import merge_directives
from supergraph.compose.merge.joins import join_members, join_types
from supergraph.compose.schema import TypeDefinition


def merge_union(sources: Sequence[Source[TypeDefinition]], merging: Merging) -> TypeDefinition:
    """A union with the members of every subgraph."""
    parts = [source.value for source in sources]
    name = parts[0].name
    applied = merge_directives(parts, merging, name)
    return replace(
        parts[0],
        description=merge_description(parts, merging, name),
        directives=join_types(sources) + join_members(sources) + applied,
        members=tuple(dict.fromkeys(member for part in parts for member in part.members)),
        is_extension=False,
    )
