"""What progressive overrides make of a supergraph: each label is on or off.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/entities/migrate-fields
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from supergraph.model.supergraph import FieldJoin, Supergraph, SupergraphField, SupergraphType


def override_labels(supergraph: Supergraph) -> list[str]:
    """Every label of an `@override(label:)`, sorted."""
    return sorted({label for field in _fields(supergraph) for label in _labels(field)})


def with_labels(supergraph: Supergraph, on: Collection[str]) -> Supergraph:
    """The supergraph with each override that is on made plain, and each that is off left out."""
    if not override_labels(supergraph):
        return supergraph
    types = {name: _type(declared, on) for name, declared in supergraph.types.items()}
    return replace(supergraph, types=types)


def _fields(supergraph: Supergraph) -> Iterator[SupergraphField]:
    for declared in supergraph.types.values():
        yield from declared.fields.values()


def _labels(field: SupergraphField) -> Iterator[str]:
    yield from (join.override_label for join in field.joins.values() if join.override_label)


def _type(declared: SupergraphType, on: Collection[str]) -> SupergraphType:
    fields = {name: _field(field, on) for name, field in declared.fields.items()}
    return replace(declared, fields=fields)


def _field(field: SupergraphField, on: Collection[str]) -> SupergraphField:
    if not any(_labels(field)):
        return field
    return replace(field, joins=dict(_joins(field.joins, on)))


def _joins(joins: Mapping[str, FieldJoin], on: Collection[str]) -> Iterator[tuple[str, FieldJoin]]:
    for graph, join in joins.items():
        label = join.override_label
        if label is None or label in on:
            yield graph, replace(join, override_label=None)
        elif join.override is None:
            # The subgraph that would lose the field keeps it.
            yield graph, replace(join, override_label=None, used_overridden=False)
