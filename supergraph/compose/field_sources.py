"""The same field in several subgraphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supergraph.compose.schema import Field, TypeDefinition
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind


@dataclass(frozen=True, slots=True)
class FieldSource:
    """A field as one subgraph has it."""

    subgraph: Subgraph
    parent: TypeDefinition
    value: Field


def each_field(
    subgraphs: Sequence[Subgraph], *kinds: Kind
) -> Iterator[tuple[str, str, list[FieldSource]]]:
    """Every field of types of these kinds: `(type, field, its sources)`, sources in given order."""
    found: dict[tuple[str, str], list[FieldSource]] = {}
    for subgraph in subgraphs:
        for definition in subgraph.types.values():
            for field in definition.fields.values() if definition.kind in kinds else ():
                source = FieldSource(subgraph, definition, field)
                found.setdefault((definition.name, field.name), []).append(source)
    yield from ((*coordinate, sources) for coordinate, sources in found.items())
