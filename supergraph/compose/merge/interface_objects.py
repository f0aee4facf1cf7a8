"""@interfaceObject: what a subgraph adds to an interface, every implementation gets.

Code: INTERFACE_OBJECT_USAGE_ERROR.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/entities/interfaces
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from supergraph.compose.access import ACCESS, need_of
from supergraph.compose.merge.context import Merging, Source
from supergraph.compose.schema import Applied, Field, TypeDefinition
from supergraph.model.supergraph import Kind

Types = Mapping[str, TypeDefinition]


def kind_of(sources: Sequence[Source[TypeDefinition]], merging: Merging) -> Kind | None:
    """The one kind that a type has, where an interface object counts as an interface."""
    name = sources[0].value.name
    stand_ins = [source for source in sources if source.value.has("interfaceObject")]
    kinds = {source.value.kind for source in sources if source not in stand_ins}
    if stand_ins and not kinds:
        text = f'"{name}" is an @interfaceObject everywhere; one subgraph must have the interface'
        merging.error("INTERFACE_OBJECT_USAGE_ERROR", text, name)
        return None
    kinds |= {Kind.INTERFACE} if stand_ins else set()
    if len(kinds) == 1:
        return kinds.pop()
    words = " and ".join(sorted(kind.value.lower() for kind in kinds))
    merging.error("TYPE_KIND_MISMATCH", f'"{name}" is {words} in different subgraphs', name)
    return None


def give_to_implementations(types: Types, merging: Merging) -> dict[str, TypeDefinition]:
    """The types, with the fields of interface objects on every implementation."""
    whole = dict(types)
    for name, interface in types.items():
        added = _added(name, interface, merging)
        for item in types.values() if added else ():
            if item.kind is Kind.OBJECT and name in item.interfaces:
                whole[item.name] = _with(whole[item.name], added, merging)
    return whole


def _added(name: str, interface: TypeDefinition, merging: Merging) -> list[Field]:
    """The interface's fields that interface objects resolve."""
    if interface.kind is not Kind.INTERFACE:
        return []
    stand_ins = [s for s in merging.sources(name) if s.value.has("interfaceObject")]
    return [
        field
        for field in interface.fields.values()
        if any(
            field.name in s.value.fields and not s.subgraph.is_external(name, field.name)
            for s in stand_ins
        )
    ]


def _with(item: TypeDefinition, added: Sequence[Field], merging: Merging) -> TypeDefinition:
    fields = dict(item.fields)
    for field in added:
        own = fields.get(field.name)
        fields[field.name] = _needing(own, field, merging) if own else _new(field)
    return replace(item, fields=fields)


def _new(field: Field) -> Field:
    """A field that no subgraph has on the object itself: its join names none."""
    carried = tuple(d for d in field.directives if d.name != "join__field")
    return replace(field, directives=(Applied("join__field"), *carried))


def _needing(own: Field, field: Field, merging: Merging) -> Field:
    """The object's own field, which now needs what the interface object's field needs as well."""
    names = merging.features.names
    need = need_of(own, names) & need_of(field, names)
    marks = {names.get(name) for name in ACCESS}
    kept = tuple(d for d in own.directives if d.name not in marks)
    return replace(own, directives=kept + need.directives(names))
