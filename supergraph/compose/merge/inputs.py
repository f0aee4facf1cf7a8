"""Merge arguments and input types: what every subgraph accepts.

Codes: FIELD_ARGUMENT_TYPE_MISMATCH, FIELD_ARGUMENT_DEFAULT_MISMATCH,
REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH, FIELD_TYPE_MISMATCH, INPUT_FIELD_DEFAULT_MISMATCH,
REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH, EMPTY_MERGED_INPUT_TYPE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from graphql import print_ast
from graphql.language import ValueNode

from supergraph.compose.merge.context import Merging, Source
from supergraph.compose.merge.descriptions import merge_description
from supergraph.compose.merge.directives import merge_directives
from supergraph.compose.merge.joins import join_field, join_types
from supergraph.compose.merge.types import listed, narrowest
from supergraph.compose.schema import Applied, InputValue, TypeDefinition


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a value is passed in, with the codes and words of its kind."""

    where: str
    type_code: str
    default_code: str
    missing_code: str


def merge_arguments(
    parts: Sequence[Mapping[str, InputValue]], merging: Merging, field: str
) -> dict[str, InputValue]:
    """Arguments that every part has.

    Args:
        parts: the field's arguments in each subgraph that resolves it.
        merging: takes errors and hints.
        field: coordinate of the field.
    """
    merged: dict[str, InputValue] = {}
    for name in _names(parts):
        slot = _Slot(
            f"{field}({name}:)",
            "FIELD_ARGUMENT_TYPE_MISMATCH",
            "FIELD_ARGUMENT_DEFAULT_MISMATCH",
            "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH",
        )
        found = [part[name] for part in parts if name in part]
        if _is_everywhere(found, len(parts), merging, slot):
            merged[name] = _merge(found, merging, slot)
    return merged


def merge_input(sources: Sequence[Source[TypeDefinition]], merging: Merging) -> TypeDefinition:
    """An input type with the fields that every subgraph has."""
    parts = [source.value for source in sources]
    name = parts[0].name
    fields: dict[str, InputValue] = {}
    for field in _names([part.inputs for part in parts]):
        slot = _Slot(
            f"{name}.{field}",
            "FIELD_TYPE_MISMATCH",
            "INPUT_FIELD_DEFAULT_MISMATCH",
            "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH",
        )
        found = [part.inputs[field] for part in parts if field in part.inputs]
        if _is_everywhere(found, len(parts), merging, slot):
            item = _merge(found, merging, slot)
            fields[field] = replace(item, directives=_joins(sources, item) + item.directives)
    if not fields:
        text = f'no field of the input type "{name}" is in all subgraphs that have the type'
        merging.error("EMPTY_MERGED_INPUT_TYPE", text, name)
    return replace(
        parts[0],
        description=merge_description(parts, merging, name),
        directives=join_types(sources) + merge_directives(parts, merging, name),
        inputs=fields,
    )


def _joins(sources: Sequence[Source[TypeDefinition]], item: InputValue) -> tuple[Applied, ...]:
    types = [source.value.inputs[item.name].type for source in sources]
    if len(set(types)) == 1:
        return ()
    return tuple(
        join_field(source.subgraph, type=source.value.inputs[item.name].type) for source in sources
    )


def _names(parts: Sequence[Mapping[str, InputValue]]) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part))


def _is_everywhere(found: Sequence[InputValue], wanted: int, merging: Merging, slot: _Slot) -> bool:
    if len(found) == wanted:
        return True
    if any(item.is_required for item in found):
        text = f'"{slot.where}" is required in some subgraphs and missing in others'
        merging.error(slot.missing_code, text, slot.where)
    else:
        text = f'"{slot.where}" is left out, since it is not in all subgraphs'
        code = "INCONSISTENT_ARGUMENT_PRESENCE" if ":" in slot.where else _INPUT_HINT
        merging.hint(code, text, slot.where)
    return False


_INPUT_HINT = "INCONSISTENT_INPUT_OBJECT_FIELD"


def _merge(found: Sequence[InputValue], merging: Merging, slot: _Slot) -> InputValue:
    types = [item.type for item in found]
    merged_type = narrowest(types, merging)
    if merged_type is None:
        text = f'"{slot.where}" has types that do not fit together: {listed(types)}'
        merging.error(slot.type_code, text, slot.where)
    return InputValue(
        name=found[0].name,
        type=merged_type or types[0],
        default=_default(found, merging, slot),
        description=merge_description(found, merging, slot.where),
        directives=merge_directives(found, merging, slot.where),
    )


def _default(found: Sequence[InputValue], merging: Merging, slot: _Slot) -> ValueNode | None:
    """The default that all agree on; none where a subgraph has none."""
    defaults = [item.default for item in found]
    present = {print_ast(default) for default in defaults if default}
    if len(present) > 1:
        text = f'"{slot.where}" has different default values: {", ".join(sorted(present))}'
        merging.error(slot.default_code, text, slot.where)
    if present and None in defaults:
        text = f'"{slot.where}" has a default value in some subgraphs only, so it has none'
        merging.hint("INCONSISTENT_DEFAULT_VALUE_PRESENCE", text, slot.where)
        return None
    return defaults[0]
