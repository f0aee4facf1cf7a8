"""Turn places into the inputs of `_entities`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from supergraph.execute.failures import Cause, Failure, causes_for_dependent
from supergraph.execute.json_values import Object, is_list, is_object
from supergraph.execute.places import Place
from supergraph.execute.rewrites import rewrite
from supergraph.execute.selections import TypeConditions
from supergraph.federation.field_set import FieldSelection, FieldSet, Selection
from supergraph.query_plan.nodes import Rewrite


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of one `_entities` call.

    Attributes:
        unique: U different representations, in the order first met.
        targets: `targets[u]`: the places that take answer u; each in one list only.
        failed: places with no representation because an input failed, and why.
    """

    unique: list[Object] = field(default_factory=list[Object])
    targets: list[list[Place]] = field(default_factory=list[list[Place]])
    failed: list[tuple[Place, tuple[Cause, ...]]] = field(
        default_factory=list[tuple[Place, tuple[Cause, ...]]]
    )


def represent(
    places: Iterable[Place],
    requires: FieldSet,
    rewrites: Sequence[Rewrite],
    conditions: TypeConditions,
) -> Inputs:
    """Turn the N places of a flatten path into U ≤ N different inputs.

    A field of `requires` names the key in the data; with an alias, `alias: key`, the subgraph gets
    it under the alias.

    A place whose type no fragment of `requires` names, or that lacks an input because an entity
    was not found, is in none of the lists.
    """
    inputs = Inputs()
    known: dict[bytes, int] = {}
    for place in places:
        try:
            representation = _pick(place.object, requires.selections, conditions, 1)
        except _InputMissing as missing:
            if missing.causes:
                inputs.failed.append((place, missing.causes))
            continue
        if representation:
            _add(inputs, known, rewrite(representation, rewrites, conditions), place)
    return inputs


def _add(inputs: Inputs, known: dict[bytes, int], representation: Object, place: Place) -> None:
    index = known.setdefault(msgspec.json.encode(representation), len(inputs.unique))
    if index == len(inputs.unique):
        inputs.unique.append(representation)
        inputs.targets.append([])
    inputs.targets[index].append(place)


class _InputMissing(Exception):
    """A key or a required field is not there."""

    def __init__(self, causes: tuple[Cause, ...] = ()) -> None:
        super().__init__()
        self.causes = causes


def _pick(
    source: Object, selections: Iterable[Selection], conditions: TypeConditions, depth: int
) -> Object:
    picked: Object = {}
    for selection in selections:
        if isinstance(selection, FieldSelection):
            value = _input(source, selection, conditions, depth)
            _keep(picked, selection.alias or selection.name, value)
        elif selection.type_name is None or conditions.hold(
            selection.type_name, source.get("__typename")
        ):
            for key, value in _pick(source, selection.selections, conditions, depth).items():
                _keep(picked, key, value)
    return picked


def _input(
    source: Object, selection: FieldSelection, conditions: TypeConditions, depth: int
) -> Any:
    if selection.name not in source:
        raise _InputMissing
    return _pick_value(source[selection.name], selection.selections, conditions, depth)


def _pick_value(
    value: Any, selections: tuple[Selection, ...], conditions: TypeConditions, depth: int
) -> Any:
    if isinstance(value, Failure):
        raise _InputMissing(causes_for_dependent(value, depth))
    if is_list(value):
        return [_pick_value(item, selections, conditions, depth + 1) for item in value]
    if selections and is_object(value):
        return _pick(value, selections, conditions, depth + 1)
    return value


def _keep(picked: Object, key: str, value: Any) -> None:
    """Set a key that two fragments may both have picked, each with other parts of the object."""
    current = picked.get(key)
    if is_object(current) and is_object(value):
        for inner, item in value.items():
            _keep(current, inner, item)
    elif is_list(current) and is_list(value):
        for index, (old, new) in enumerate(zip(current, value, strict=True)):
            if is_object(old) and is_object(new):
                for inner, item in new.items():
                    _keep(old, inner, item)
            else:
                current[index] = new
    else:
        picked[key] = value
