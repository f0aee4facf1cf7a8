"""Join v0.1 names key fields only in the key's text: write them out as fields of the subgraph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from supergraph.federation.field_set import FieldSelection, FieldSet, Selection
from supergraph.model.supergraph import FieldJoin, SupergraphType

FieldTypes = Mapping[tuple[str, str], str]
"""`[type name, field name]` → name of the field's type without lists and non-nulls."""


def name_key_fields(
    types: Mapping[str, SupergraphType], field_types: FieldTypes
) -> dict[str, SupergraphType]:
    """Add a join for every field that a key, @requires or @provides of a subgraph names.

    Key fields can be resolved there; those of the other two are external.
    """
    named: dict[tuple[str, str, str], bool] = {}
    for where, graph, field_set, external in _field_sets(types, field_types):
        for type_name, field_name in _named(where, field_set.selections, field_types):
            place = (type_name, field_name, graph)
            named[place] = named.get(place, True) and external
    return {name: _with_joins(found, named) for name, found in types.items()}


def _field_sets(
    types: Mapping[str, SupergraphType], field_types: FieldTypes
) -> Iterator[tuple[str, str, FieldSet, bool]]:
    for name, found in types.items():
        for join in found.joins.values():
            for key in join.keys:
                yield name, join.graph, key.fields, False
        for field_name, field in found.fields.items():
            for join in field.joins.values():
                if join.requires:
                    yield name, join.graph, join.requires, True
                if join.provides:
                    yield field_types[name, field_name], join.graph, join.provides, True


def _named(
    type_name: str, selections: tuple[Selection, ...], field_types: FieldTypes
) -> Iterator[tuple[str, str]]:
    for selection in selections:
        if not isinstance(selection, FieldSelection):
            yield from _named(selection.type_name or type_name, selection.selections, field_types)
        elif (inner := field_types.get((type_name, selection.name))) is not None:
            yield type_name, selection.name
            yield from _named(inner, selection.selections, field_types)


def _with_joins(
    found: SupergraphType, named: Mapping[tuple[str, str, str], bool]
) -> SupergraphType:
    fields = dict(found.fields)
    for (type_name, field_name, graph), external in named.items():
        field = fields.get(field_name)
        if type_name == found.name and field is not None and graph not in field.joins:
            join = FieldJoin(graph, external=external)
            fields[field_name] = replace(field, joins={**field.joins, graph: join})
    return replace(found, fields=fields)
