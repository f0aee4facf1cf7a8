"""Leave out what a request selects anyway, and conditions that hold whenever it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from supergraph.plan.asks import ALWAYS, Conditions
from supergraph.plan.selected import Selected, SelectedField
from supergraph.plan.steps import Step


def drop_repeated_fields(steps: Sequence[Step]) -> None:
    """Simplify the selections of all steps.

    A leaf goes where the same object's leaf of the same key is selected without a condition.
    """
    for step in steps:
        for entry in step.entries.values():
            _simplify(entry, step.conditions, {})


def _simplify(selected: Selected, known: Conditions, above: Mapping[str, SelectedField]) -> None:
    """Simplify one object's selections.

    Args:
        selected: is changed.
        known: conditions that hold whenever the request is sent.
        above: leaves selected of the object whatever its type, by response key.
    """
    fields = _without_known(selected, known)
    always = {key: one for (key, conditions), one in fields.items() if conditions == ALWAYS}
    leaves = {key: one for key, one in always.items() if one.below is None}
    selected.fields = {
        place: one
        for place, one in fields.items()
        if one.below is not None or not _is_repeated(one, leaves, above)
    }
    for one in selected.fields.values():
        if one.below is not None:
            _simplify(one.below, known, {})
    for cast in selected.casts.values():
        _simplify(cast, known, {**above, **leaves})
    selected.casts = {name: cast for name, cast in selected.casts.items() if _selects(cast)}


def _without_known(
    selected: Selected, known: Conditions
) -> dict[tuple[str, Conditions], SelectedField]:
    found: dict[tuple[str, Conditions], SelectedField] = {}
    for one in selected.fields.values():
        one.conditions -= known
        kept = found.setdefault((one.key, one.conditions), one)
        if kept is not one and kept.below and one.below:
            kept.below.take(one.below)
    return found


def _is_repeated(
    one: SelectedField,
    leaves: Mapping[str, SelectedField],
    above: Mapping[str, SelectedField],
) -> bool:
    if leaves.get(one.key, one) is not one:
        return True
    other = above.get(one.key)
    return other is not None and _meaning(other) == _meaning(one)


def _meaning(one: SelectedField) -> tuple[str, str, str]:
    return one.name, one.arguments, one.move.type if one.move else ""


def _selects(cast: Selected) -> bool:
    """Whether something is left of it besides `__typename`, which an abstract place has anyway."""
    return bool(cast.fields or cast.casts)
