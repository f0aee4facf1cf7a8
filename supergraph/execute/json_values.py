"""JSON as the executor handles it: plain dicts and lists, told apart in a way the types follow."""

from __future__ import annotations

from typing import Any, TypeGuard

Object = dict[str, Any]


def is_object(value: object) -> TypeGuard[Object]:
    """Whether a JSON value is an object; its keys are then strings."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether a JSON value is a list."""
    return isinstance(value, list)


def copied(value: Any) -> Any:
    """A copy that shares no object or list with `value`."""
    if is_object(value):
        return {key: copied(item) for key, item in value.items()}
    if is_list(value):
        return [copied(item) for item in value]
    return value
