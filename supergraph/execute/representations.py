"""Turn places into the inputs of `_entities`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from supergraph.execute.errors import Path
from supergraph.execute.failures import Cause, Failure, causes_for_dependent
from supergraph.execute.json_values import Object, is_list, is_object
from supergraph.execute.needs import Gap, Needs
from supergraph.execute.places import Place
from supergraph.execute.rewrites import rewrite
from supergraph.execute.selections import TypeConditions
from supergraph.federation.field_set import FieldSelection, Selection
from supergraph.query_plan.nodes import EntityBatch


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of one `_entities` call.

    Attributes:
        unique: U different representations, in the order first met.
        targets: `targets[u]`: the places that take answer u; each in one list only.
        spoiled: by the path of a place, the keys that it cannot have, since an input of theirs
            failed or is missing, and why. Other keys may still come from the call: a missing
            input of @requires is sent as null.
    """

    unique: list[Object] = field(default_factory=list[Object])
    targets: list[list[Place]] = field(default_factory=list[list[Place]])
    spoiled: dict[Path, Mapping[str, tuple[Cause, ...]]] = field(
        default_factory=dict[Path, Mapping[str, tuple[Cause, ...]]]
    )


def represent(
    places: Iterable[Place], batch: EntityBatch, needs: Needs, conditions: TypeConditions
) -> Inputs:
    """Turn the N places of a look-up into U ≤ N different inputs.

    A field of `batch.requires` names the key in the data; with an alias, `alias: key`, the
    subgraph gets it under the alias. A place whose type no fragment of it names, or that has no
    key, is in none of the lists of targets.
    """
    inputs = Inputs()
    known: dict[bytes, int] = {}
    for place in places:
        gaps: list[Gap] = []
        picker = _Picker(conditions, gaps)
        representation = picker.pick(place.object, batch.requires.selections, (), 1)
        if gaps:
            spoiled = needs.spoiled(place.type_name, gaps)
            if spoiled:
                inputs.spoiled[place.path] = spoiled
            if needs.is_whole(place.type_name, spoiled):
                continue
        if representation:
            _add(inputs, known, rewrite(representation, batch.input_rewrites, conditions), place)
    return inputs


def _add(inputs: Inputs, known: dict[bytes, int], representation: Object, place: Place) -> None:
    index = known.setdefault(msgspec.json.encode(representation), len(inputs.unique))
    if index == len(inputs.unique):
        inputs.unique.append(representation)
        inputs.targets.append([])
    inputs.targets[index].append(place)


@dataclass(frozen=True, slots=True)
class _Picker:
    """Picks the inputs of one place; what is not there becomes null and is noted."""

    conditions: TypeConditions
    gaps: list[Gap]

    def pick(
        self, source: Object, selections: Iterable[Selection], names: tuple[str, ...], depth: int
    ) -> Object:
        picked: Object = {}
        for selection in selections:
            if isinstance(selection, FieldSelection):
                key = selection.alias or selection.name
                _keep(picked, key, self._input(source, selection, (*names, key), depth))
            elif selection.type_name is None or self.conditions.hold(
                selection.type_name, source.get("__typename")
            ):
                for key, value in self.pick(source, selection.selections, names, depth).items():
                    _keep(picked, key, value)
        return picked

    def _input(
        self, source: Object, selection: FieldSelection, names: tuple[str, ...], depth: int
    ) -> Any:
        if selection.name not in source:
            self.gaps.append(Gap(names))
            return None
        return self._value(source[selection.name], selection.selections, names, depth)

    def _value(
        self, value: Any, selections: tuple[Selection, ...], names: tuple[str, ...], depth: int
    ) -> Any:
        if isinstance(value, Failure):
            self.gaps.append(Gap(names, causes_for_dependent(value, depth)))
            return None
        if is_list(value):
            return [self._value(item, selections, names, depth + 1) for item in value]
        if selections and is_object(value):
            return self.pick(value, selections, names, depth + 1)
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
