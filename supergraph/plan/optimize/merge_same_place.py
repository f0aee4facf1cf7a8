"""Steps that ask one subgraph about the same objects, by the same inputs, become one."""

from __future__ import annotations

from collections.abc import Sequence

from supergraph.plan.steps import Input, Step, levels


def merge_same_place(steps: Sequence[Step]) -> list[Step]:
    """Merge siblings.

    An object is looked up once, with all inputs that come from the same requests. Steps that
    wait for different requests keep inputs of their own (though they may share a request): a
    field must not be lost because a subgraph is down that only its neighbour requires.
    """
    level = levels(list(steps))
    kept: dict[object, list[Step]] = {}
    replaced: dict[Step, Step] = {}
    for step in steps:
        step.parents = {replaced.get(parent, parent) for parent in step.parents}
        key = (level[step], step.graph, step.place, _path_without_last_types(step))
        for other in kept.setdefault(key, []):
            if not step.is_root and _merge(other, step):
                replaced[step] = other
                break
        else:
            kept[key].append(step)
    return [step for step in steps if step not in replaced]


def _path_without_last_types(step: Step) -> tuple[str, ...]:
    """Objects of several types at one place may go into one request."""
    return (*step.where[:-1], step.where[-1].split("|")[0]) if step.where else ()


def _merge(into: Step, other: Step) -> bool:
    conditions = into.conditions & other.conditions
    if conditions not in (into.conditions, other.conditions):
        return False  # together they would be sent where neither is needed
    inputs: dict[str, Input] = dict(into.inputs)
    for type_name, new in other.inputs.items():
        joined = _joined(into, other, type_name) if type_name in inputs else new
        if joined is None:
            return False
        inputs[type_name] = joined
    into.inputs, into.conditions = inputs, conditions
    into.where = _joined_path(into, other)
    into.parents |= other.parents
    for type_name, entry in other.entries.items():
        if into.entries.setdefault(type_name, entry) is not entry:
            into.entries[type_name].take(entry)
    return True


def _joined(into: Step, other: Step, type_name: str) -> Input | None:
    mine, new = into.inputs[type_name], other.inputs[type_name]
    if mine == new:
        return mine
    return mine.joined(new) if into.parents == other.parents else None


def _joined_path(into: Step, other: Step) -> tuple[str, ...]:
    last, *types = into.where[-1].split("|")
    other_types = other.where[-1].split("|")[1:]
    joined = sorted({*types, *other_types}) if types and other_types else []
    return (*into.where[:-1], "|".join([last, *joined]))
