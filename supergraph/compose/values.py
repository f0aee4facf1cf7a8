"""Whether a constant value fits a type of a subgraph.

See https://spec.graphql.org/draft/#sec-Input-Values
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from graphql.language import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from supergraph.compose.schema import TypeDefinition, is_list, item_type, nullable
from supergraph.model.supergraph import Kind

Types = Mapping[str, TypeDefinition]

_BUILT_IN: Mapping[str, tuple[type[ValueNode], ...]] = {
    "Boolean": (BooleanValueNode,),
    "Float": (FloatValueNode, IntValueNode),
    "ID": (StringValueNode, IntValueNode),
    "Int": (IntValueNode,),
    "String": (StringValueNode,),
}
_LARGEST_INT = 2**31


def fits(value: ValueNode, type_text: str, types: Types) -> bool:
    """Whether the value can be passed where the type is asked; variables never can."""
    if isinstance(value, VariableNode):
        return False
    if isinstance(value, NullValueNode):
        return not type_text.endswith("!")
    wanted = nullable(type_text)
    if is_list(wanted):
        # A single value stands for a list of one.
        items = value.values if isinstance(value, ListValueNode) else (value,)
        return all(fits(item, item_type(wanted), types) for item in items)
    if wanted in _BUILT_IN:
        return isinstance(value, _BUILT_IN[wanted]) and (wanted != "Int" or _is_int(value))
    definition = types.get(wanted)
    return definition is not None and _FITS.get(definition.kind, _anything)(
        value, definition, types
    )


def _is_int(value: ValueNode) -> bool:
    """GraphQL's Int has 32 bits."""
    return isinstance(value, IntValueNode) and -_LARGEST_INT <= int(value.value) < _LARGEST_INT


def _enum(value: ValueNode, definition: TypeDefinition, _types: Types) -> bool:
    return isinstance(value, EnumValueNode) and value.value in definition.values


def _object(value: ValueNode, definition: TypeDefinition, types: Types) -> bool:
    if not isinstance(value, ObjectValueNode):
        return False
    given = {field.name.value: field.value for field in value.fields}
    known = all(
        name in definition.inputs and fits(item, definition.inputs[name].type, types)
        for name, item in given.items()
    )
    missing = any(i.is_required and name not in given for name, i in definition.inputs.items())
    return known and not missing


def _anything(_value: ValueNode, _definition: TypeDefinition, _types: Types) -> bool:
    """A custom scalar takes what its server takes."""
    return True


_FITS: Mapping[Kind, Callable[[ValueNode, TypeDefinition, Types], bool]] = {
    Kind.ENUM: _enum,
    Kind.INPUT: _object,
}
