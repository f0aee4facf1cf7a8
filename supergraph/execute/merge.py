"""Join what one fetch brought with what is there already."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLSchema, is_object_type

from supergraph.execute.failures import Failure, spread
from supergraph.execute.json_values import Object, is_list, is_object


def merge(target: Object, incoming: Object, schema: GraphQLSchema) -> None:
    """Add an object's fields to another, in place, as deep as both have objects.

    A value wins over a null or a failure; of two values the newer one stays.

    Args:
        target: keeps what it has where `incoming` has nothing.
        incoming: given away; its parts may become parts of `target`.
        schema: the merged schema; tells real runtime types from interface objects' names.
    """
    for key, value in incoming.items():
        current = target.get(key)
        if current is None or key not in target:
            target[key] = value
        elif key == "__typename":
            target[key] = _runtime_type(current, value, schema)
        elif value is not None:
            target[key] = _joined(current, value, schema)


def _joined(current: Any, value: Any, schema: GraphQLSchema) -> Any:
    if isinstance(current, Failure):
        if not isinstance(value, Failure):
            spread(current, value)
            return value
    elif isinstance(value, Failure):
        spread(value, current)
    elif is_object(current) and is_object(value):
        merge(current, value, schema)
    elif is_list(current) and is_list(value):
        _merge_lists(current, value, schema)
    else:
        return value
    return current


def _merge_lists(current: list[Any], value: list[Any], schema: GraphQLSchema) -> None:
    for index, (old, new) in enumerate(zip(current, value, strict=False)):
        if old is None:
            current[index] = new
        elif new is not None:
            current[index] = _joined(old, new, schema)


def _runtime_type(current: Any, value: Any, schema: GraphQLSchema) -> Any:
    """A subgraph with an interface object knows only the interface's name: keep the real type."""
    if isinstance(value, str) and is_object_type(schema.type_map.get(value)):
        return value
    return current
