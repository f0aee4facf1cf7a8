"""Apply a plan's rewrites to data on its way into or out of a subgraph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from supergraph.execute.errors import Path
from supergraph.execute.json_values import Object, is_list, is_object
from supergraph.execute.selections import TypeConditions
from supergraph.query_plan.nodes import Rewrite

_ON = "... on "


def rewrite(value: Any, rewrites: Sequence[Rewrite], conditions: TypeConditions) -> Any:
    """Give the value with the rewrites applied; what they do not touch is shared with it."""
    if not rewrites:
        return value
    if is_list(value):
        below = step_into_list(rewrites)
        return [rewrite(item, below, conditions) for item in value]
    if is_object(value):
        return _rewrite_object(value, rewrites, conditions)
    return value


def _rewrite_object(
    value: Object, rewrites: Sequence[Rewrite], conditions: TypeConditions
) -> Object:
    type_name = value.get("__typename")
    result: Object = {}
    for key, item in value.items():
        new_key, below = step_into(rewrites, key, type_name, conditions)
        result[new_key] = rewrite(item, below, conditions)
    for one in rewrites:
        path = _past_conditions(one.path, type_name, conditions)
        if one.set_value is not None and len(path) == 1 and path[0] in result:
            result[path[0]] = one.set_value
    return result


def rewrite_path(path: Path, rewrites: Sequence[Rewrite], conditions: TypeConditions) -> Path:
    """Give a path into the data as it is after the rewrites; types on the way are not known."""
    result: list[str | int] = []
    for part in path:
        if isinstance(part, int):
            rewrites = step_into_list(rewrites)
            result.append(part)
        else:
            key, rewrites = step_into(rewrites, part, None, conditions)
            result.append(key)
    return tuple(result)


def step_into(
    rewrites: Sequence[Rewrite], key: str, type_name: str | None, conditions: TypeConditions
) -> tuple[str, tuple[Rewrite, ...]]:
    """What `key` of an object is called afterwards, and the rewrites that apply below it."""
    new_key = key
    below: list[Rewrite] = []
    for one in rewrites:
        path = _past_conditions(one.path, type_name, conditions)
        if not path or path[0] != key:
            continue
        if len(path) > 1:
            below.append(replace(one, path=path[1:]))
        elif one.rename_to is not None:
            new_key = one.rename_to
    return new_key, tuple(below)


def step_into_list(rewrites: Sequence[Rewrite]) -> tuple[Rewrite, ...]:
    """The rewrites that apply to each item; a path may leave out the `@` of a list."""
    return tuple(
        replace(one, path=one.path[1:]) if one.path[:1] == ("@",) else one for one in rewrites
    )


def _past_conditions(
    path: tuple[str, ...], type_name: str | None, conditions: TypeConditions
) -> tuple[str, ...]:
    """The path after its leading type conditions; empty where one of them does not hold."""
    while path and path[0].startswith(_ON):
        if not conditions.hold(path[0].removeprefix(_ON), type_name):
            return ()
        path = path[1:]
    return path
