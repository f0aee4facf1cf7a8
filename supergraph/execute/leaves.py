"""Check the leaves of an answer: what each scalar and enum allows, as graphql-core writes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLEnumType,
    GraphQLLeafType,
)


class LeafInvalid(ValueError):
    """The value is not one that the type allows."""


def complete_leaf(type_: GraphQLLeafType, value: Any) -> Any:
    """Give the value as it goes to the client; custom scalars as they came.

    Raises:
        LeafInvalid: not a value of the type. The message does not repeat the value, which may be
            one that clients must not learn of.
    """
    if isinstance(type_, GraphQLEnumType):
        if isinstance(value, str) and value in type_.values:
            return value
        raise LeafInvalid(f'Enum "{type_.name}" has no such value.')
    check = _CHECKS.get(type_.name)
    return value if check is None else check(value)


def _int(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise LeafInvalid("Int cannot represent a value of another type.")
    if not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        raise LeafInvalid("Int cannot represent a value beyond 32 bits.")
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise LeafInvalid("Float cannot represent a value that is not a finite number.")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise LeafInvalid("Boolean cannot represent a value of another type.")
    return value


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise LeafInvalid("String cannot represent a value of another type.")
    return value


def _id(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise LeafInvalid("ID cannot represent a value that is neither a string nor an integer.")
    return str(value)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "Int": _int,
    "Float": _float,
    "Boolean": _boolean,
    "String": _string,
    "ID": _id,
}
