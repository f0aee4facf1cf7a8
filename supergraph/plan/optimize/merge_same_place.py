"""Steps that ask one subgraph about the same objects, by the same inputs, become one."""

from __future__ import annotations

from collections.abc import Sequence

from supergraph.plan.steps import Step, levels


def merge_same_place(steps: Sequence[Step]) -> list[Step]:
    """Merge siblings.

    Steps with different inputs for the same type stay apart, though they may share a request: a
    field must not be lost because an input failed that only its neighbour requires.
    """
    level = levels(list(steps))
    kept: dict[object, list[Step]] = {}
    replaced: dict[Step, Step] = {}
    for step in steps:
        key = (level[step], step.graph, step.place, _path_without_last_types(step), step.conditions)
        for other in kept.setdefault(key, []):
            if not step.is_root and _merge(other, step):
                replaced[step] = other
                break
        else:
            kept[key].append(step)
    for step in steps:
        step.parents = {replaced.get(parent, parent) for parent in step.parents}
    return [step for step in steps if step not in replaced]


def _path_without_last_types(step: Step) -> tuple[str, ...]:
    """Objects of several types at one place may go into one request."""
    return (*step.where[:-1], step.where[-1].split("|")[0]) if step.where else ()


def _merge(into: Step, other: Step) -> bool:
    if any(into.inputs.get(name, new) != new for name, new in other.inputs.items()):
        return False
    into.inputs |= other.inputs
    into.where = _joined_path(into, other)
    into.parents |= other.parents
    for type_name, entry in other.entries.items():
        if into.entries.setdefault(type_name, entry) is not entry:
            into.entries[type_name].take(entry)
    return True


def _joined_path(into: Step, other: Step) -> tuple[str, ...]:
    last, *types = into.where[-1].split("|")
    other_types = other.where[-1].split("|")[1:]
    joined = sorted({*types, *other_types}) if types and other_types else []
    return (*into.where[:-1], "|".join([last, *joined]))
