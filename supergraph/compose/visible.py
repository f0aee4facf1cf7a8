"""The merged types as clients see them: without anything @inaccessible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from supergraph.compose.merge import Merged
from supergraph.compose.schema import TypeDefinition


def visible_types(merged: Merged) -> Mapping[str, TypeDefinition]:
    """Types and fields that clients can ask for, by name."""
    mark = merged.features.names.get("inaccessible")
    if mark is None:
        return merged.types
    return {
        name: _without_hidden(definition, mark)
        for name, definition in merged.types.items()
        if not definition.has(mark)
    }


def _without_hidden(definition: TypeDefinition, mark: str) -> TypeDefinition:
    fields = {name: field for name, field in definition.fields.items() if not field.has(mark)}
    return replace(definition, fields=fields)
