"""Merge interface types, and the interface objects that stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from supergraph.compose.merge.context import Merging, Source
from supergraph.compose.merge.objects import merge_object
from supergraph.compose.schema import TypeDefinition
from supergraph.model.supergraph import Kind


def merge_interface(sources: Sequence[Source[TypeDefinition]], merging: Merging) -> TypeDefinition:
    """An interface with the fields of every subgraph.

    That its implementations have them all is a rule about the merged schema.
    """
    return replace(merge_object(sources, merging), kind=Kind.INTERFACE)
