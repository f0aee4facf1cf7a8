"""Interfaces need what their implementations need, since a client can ask through them.

See https://www.apollographql.com/docs/graphos/routing/security/authorization
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from supergraph.compose.access import ACCESS, Need, all_of, need_of, need_of_applied
from supergraph.compose.schema import Applied, Field, TypeDefinition
from supergraph.model.supergraph import Kind

Types = Mapping[str, TypeDefinition]
Names = Mapping[str, str]


def pass_to_interfaces(types: Types, names: Names) -> dict[str, TypeDefinition]:
    """The types, with the needs of all implementations on interfaces and their fields.

    Args:
        types: the merged types by name.
        names: what the supergraph calls its directives.
    """
    return {
        name: _interface(item, _implementations(name, types), names)
        if item.kind is Kind.INTERFACE
        else item
        for name, item in types.items()
    }


def _implementations(name: str, types: Types) -> list[TypeDefinition]:
    return [item for item in types.values() if item.kind is Kind.OBJECT and name in item.interfaces]


def _interface(
    interface: TypeDefinition, below: Sequence[TypeDefinition], names: Names
) -> TypeDefinition:
    need = all_of(need_of(item, names) for item in below)
    fields = {name: _field(field, below, names) for name, field in interface.fields.items()}
    return replace(interface, directives=_with(interface.directives, need, names), fields=fields)


def _field(field: Field, below: Sequence[TypeDefinition], names: Names) -> Field:
    found = [item.fields[field.name] for item in below if field.name in item.fields]
    need = all_of(need_of(item, names) for item in found)
    return replace(field, directives=_with(field.directives, need, names))


def _with(directives: tuple[Applied, ...], below: Need, names: Names) -> tuple[Applied, ...]:
    """The directives, with what is needed below added to what the element itself needs."""
    if below == Need():
        return directives
    marks = {names.get(name) for name in ACCESS}
    own = all_of(need_of_applied(applied, names) for applied in directives)
    kept = tuple(applied for applied in directives if applied.name not in marks)
    return kept + (own & below).directives(names)
