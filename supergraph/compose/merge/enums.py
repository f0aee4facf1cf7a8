"""Merge enum types, by how they are used.

What subgraphs only answer with has the values of any, what they only take has the values of all;
what they do both with must be the same everywhere.

Codes: ENUM_VALUE_MISMATCH, EMPTY_MERGED_ENUM_TYPE.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from supergraph.compose.merge.context import Merging, Source
from supergraph.compose.merge.descriptions import merge_description
from supergraph.compose.merge.directives import merge_directives
from supergraph.compose.merge.joins import join_types, join_value
from supergraph.compose.schema import EnumValue, TypeDefinition, named_type
from supergraph.compose.subgraph import Subgraph

Sources = Sequence[Source[TypeDefinition]]


@dataclass(frozen=True, slots=True)
class EnumUse:
    """How the subgraphs use an enum."""

    is_input: bool
    is_output: bool


def merge_enum(sources: Sources, merging: Merging) -> TypeDefinition:
    """An enum with the values that its use allows."""
    parts = [source.value for source in sources]
    name = parts[0].name
    use = enum_use(name, merging.subgraphs)
    values = dict.fromkeys(value for part in parts for value in part.values)
    kept = [value for value in values if _is_kept(value, sources, use, merging)]
    if not kept:
        text = f'no value of the enum "{name}" is in all subgraphs that have it'
        merging.error("EMPTY_MERGED_ENUM_TYPE", text, name)
    return replace(
        parts[0],
        description=merge_description(parts, merging, name),
        directives=join_types(sources) + merge_directives(parts, merging, name),
        values={value: _value(value, sources, merging) for value in kept},
        is_extension=False,
    )


def enum_use(name: str, subgraphs: Sequence[Subgraph]) -> EnumUse:
    """Whether any subgraph takes the enum, and whether any answers with it."""
    uses = [_use(name, subgraph) for subgraph in subgraphs]
    return EnumUse(any(use.is_input for use in uses), any(use.is_output for use in uses))


def _use(name: str, subgraph: Subgraph) -> EnumUse:
    is_input = is_output = False
    for definition in subgraph.types.values():
        is_input |= any(named_type(item.type) == name for item in definition.inputs.values())
        for field in definition.fields.values():
            is_output |= named_type(field.type) == name
            is_input |= any(named_type(a.type) == name for a in field.arguments.values())
    return EnumUse(is_input, is_output)


def _is_kept(value: str, sources: Sources, use: EnumUse, merging: Merging) -> bool:
    missing = [source for source in sources if value not in source.value.values]
    if not missing or not use.is_input:
        return True
    where = f"{sources[0].value.name}.{value}"
    lacking = ", ".join(source.subgraph.name for source in missing)
    if use.is_output and not _is_hidden(value, sources):
        text = f'"{where}" is missing in {lacking}, but the enum is both answered and passed in'
        merging.error("ENUM_VALUE_MISMATCH", text, where)
        return True
    text = f'"{where}" is left out, since {lacking} would not accept it'
    merging.hint("INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM", text, where)
    return use.is_output


def _is_hidden(value: str, sources: Sources) -> bool:
    found = [source.value.values.get(value) for source in sources]
    return any(item.has("inaccessible") for item in found if item)


def _value(name: str, sources: Sources, merging: Merging) -> EnumValue:
    found = [s for s in sources if name in s.value.values]
    parts = [source.value.values[name] for source in found]
    where = f"{sources[0].value.name}.{name}"
    return EnumValue(
        name=name,
        description=merge_description(parts, merging, where),
        directives=(
            *(join_value(source.subgraph) for source in found),
            *merge_directives(parts, merging, where),
        ),
    )
