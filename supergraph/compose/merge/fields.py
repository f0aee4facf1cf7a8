"""Merge the fields of object and interface types, and say which subgraph has each how.

Codes: FIELD_TYPE_MISMATCH, EXTERNAL_MISSING_ON_BASE, EXTERNAL_TYPE_MISMATCH,
EXTERNAL_ARGUMENT_MISSING, EXTERNAL_ARGUMENT_TYPE_MISMATCH, EXTERNAL_ARGUMENT_DEFAULT_MISMATCH.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from graphql import print_ast

from supergraph.compose.merge.context import Merging, Source
from supergraph.compose.merge.descriptions import merge_description
from supergraph.compose.merge.directives import merge_directives
from supergraph.compose.merge.inputs import merge_arguments
from supergraph.compose.merge.joins import join_field
from supergraph.compose.merge.types import listed, widest
from supergraph.compose.overrides import overriders
from supergraph.compose.schema import Applied, Field, TypeDefinition

Sources = Sequence[Source[TypeDefinition]]


def merge_fields(sources: Sources, merging: Merging) -> dict[str, Field]:
    """Every field that any subgraph has, in the order first seen."""
    names = dict.fromkeys(name for source in sources for name in source.value.fields)
    merged = (_field(name, sources, merging) for name in names)
    return {field.name: field for field in merged if field is not None}


@dataclass(frozen=True, slots=True)
class _Parts:
    """One field in every subgraph that has it.

    Attributes:
        own: those that resolve it.
        external: those that only name it.
        subgraphs: names of all subgraphs, with the field or without.
    """

    where: str
    subgraphs: frozenset[str]
    everyone: Sequence[Source[Field]]
    own: Sequence[Source[Field]]
    external: Sequence[Source[Field]]


def _parts(name: str, sources: Sources, merging: Merging) -> _Parts:
    type_name = sources[0].value.name
    everyone = [Source(s.subgraph, s.value.fields[name]) for s in sources if name in s.value.fields]
    outside = [s for s in everyone if s.subgraph.is_external(type_name, name)]
    own = [s for s in everyone if s not in outside]
    names = frozenset(subgraph.name for subgraph in merging.subgraphs)
    return _Parts(f"{type_name}.{name}", names, everyone, own, outside)


def _field(name: str, sources: Sources, merging: Merging) -> Field | None:
    parts = _parts(name, sources, merging)
    if not parts.own and not _is_given(name, sources, merging):
        text = f'"{parts.where}" is @external in all subgraphs that have it, so none resolves it'
        merging.error("EXTERNAL_MISSING_ON_BASE", text, parts.where)
        return None
    fields = [source.value for source in parts.own or parts.everyone]
    merged = Field(
        name=name,
        type=_type(parts, merging),
        arguments=merge_arguments([field.arguments for field in fields], merging, parts.where),
        description=merge_description(fields, merging, parts.where),
        directives=merge_directives(fields, merging, parts.where),
    )
    _check_external(parts, merged, merging)
    return replace(merged, directives=_joins(parts, merged, sources) + merged.directives)


def _is_given(name: str, sources: Sources, merging: Merging) -> bool:
    """Whether an interface object resolves the field for all objects of its interface."""
    interfaces = {interface for source in sources for interface in source.value.interfaces}
    return any(
        part.value.has("interfaceObject") and name in part.value.fields
        for interface in interfaces
        for part in merging.sources(interface)
    )


def _type(parts: _Parts, merging: Merging) -> str:
    types = [source.value.type for source in parts.own or parts.everyone]
    merged = widest(types, merging)
    if merged is None:
        text = f'"{parts.where}" has types that do not fit together: {listed(types)}'
        merging.error("FIELD_TYPE_MISMATCH", text, parts.where)
    return merged or types[0]


def _check_external(parts: _Parts, merged: Field, merging: Merging) -> None:
    for source in parts.external:
        where = source.subgraph.where(parts.where)
        if not merging.is_subtype(source.value.type, merged.type):
            text = (
                f'{where} is @external with type "{source.value.type}", elsewhere "{merged.type}"'
            )
            merging.error("EXTERNAL_TYPE_MISMATCH", text, where)
        _check_external_arguments(source, merged, merging, where)


def _check_external_arguments(
    source: Source[Field], merged: Field, merging: Merging, where: str
) -> None:
    for name, argument in merged.arguments.items():
        found = source.value.arguments.get(name)
        if found is None:
            text = f'{where} is @external and lacks the argument "{name}"'
            merging.error("EXTERNAL_ARGUMENT_MISSING", text, where)
        elif not merging.is_subtype(argument.type, found.type):
            text = f"{where}({name}:) is @external with another type than elsewhere"
            merging.error("EXTERNAL_ARGUMENT_TYPE_MISMATCH", text, where)
        elif _text(found.default) != _text(argument.default):
            text = f"{where}({name}:) is @external with another default than elsewhere"
            merging.error("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", text, where)


def _text(value: object) -> str | None:
    return print_ast(value) if value is not None else None  # type: ignore[arg-type]


def _joins(parts: _Parts, merged: Field, sources: Sources) -> tuple[Applied, ...]:
    """`@join__field` for each subgraph, or none where having the type says it all."""
    type_name = sources[0].value.name
    applied = [_join(source, type_name, parts) for source in parts.everyone]
    same_type = len({source.value.type for source in parts.everyone}) == 1
    is_everywhere = len(parts.everyone) == len(sources)
    if is_everywhere and same_type and not any(_says_more(item, parts) for item in applied):
        return ()
    return tuple(item for item in applied if item is not None)


def _says_more(applied: Applied | None, parts: _Parts) -> bool:
    """Whether it says more than that the subgraph has the field."""
    if applied is None:
        return True
    if applied.text("override") not in {None, *parts.subgraphs}:
        return bool(applied.arguments.keys() - {"graph", "override", "overrideLabel"})
    return len(applied.arguments) > 1


def _join(source: Source[Field], type_name: str, parts: _Parts) -> Applied | None:
    subgraph, field = source.subgraph, source.value
    coordinate = type_name, field.name
    same_type = len({part.value.type for part in parts.everyone}) == 1
    own_type = None if same_type else field.type
    taken = overriders(parts.everyone).get(subgraph.name)
    is_external = source in parts.external
    if taken is not None and taken.label is None and not is_external:
        is_used = subgraph.usage.has(coordinate)
        return join_field(subgraph, type=own_type, usedOverridden=True) if is_used else None
    override = next(field.applied("override"), None)
    return join_field(
        subgraph,
        requires=_field_set(field, "requires"),
        provides=_field_set(field, "provides"),
        type=own_type,
        external=is_external,
        override=override.text("from") if override else None,
        usedOverridden=taken is not None and not is_external and subgraph.usage.has(coordinate),
        overrideLabel=override.text("label") if override else taken.label if taken else None,
    )


def _field_set(field: Field, directive: str) -> str | None:
    applied = next(field.applied(directive), None)
    return applied.text("fields") if applied else None
