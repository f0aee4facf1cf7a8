"""Fields that share a response key but not their type cannot stand in one request as they are.

Source:
    SameResponseShape in the GraphQL specification, §5.3.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from supergraph.plan.selected import Selected, SelectedField
from supergraph.plan.steps import Step
from supergraph.query_plan.nodes import Rewrite


def alias_mismatched_types(steps: Sequence[Step]) -> None:
    """Give all but one of them an alias, and write down what to rename in the answer."""
    for step in steps:
        pass_ = _Pass()
        starts = [
            _Spot(entry, () if step.is_root else (f"... on {name}",))
            for name, entry in step.entries.items()
        ]
        pass_.visit(starts)
        step.output_rewrites = tuple(pass_.rewrites)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Selections of one object, and the rewrite path that leads there."""

    selected: Selected
    path: tuple[str, ...]

    def fields(self) -> Iterator[tuple[SelectedField, tuple[str, ...]]]:
        """All fields of the object whatever its type, each with the path of its owner."""
        for one in self.selected.fields.values():
            yield one, self.path
        for type_name, cast in self.selected.casts.items():
            yield from _Spot(cast, (*self.path, f"... on {type_name}")).fields()


@dataclass(slots=True)
class _Pass:
    rewrites: list[Rewrite] = field(default_factory=list[Rewrite])

    def visit(self, spots: Sequence[_Spot]) -> None:
        """Compare the fields of one object, then of the objects below."""
        used = {one.key for spot in spots for one, _ in spot.fields()}
        below: dict[str, list[_Spot]] = {}
        shapes: dict[str, dict[str, str]] = {}
        for spot in spots:
            for one, path in spot.fields():
                sent_as = self._sent_as(one, shapes.setdefault(one.key, {}), used)
                if sent_as != one.key:
                    one.sent_as = sent_as
                    self.rewrites.append(Rewrite((*path, sent_as), rename_to=one.key))
                if one.below is not None and one.move is not None:
                    lists = ("@",) * one.move.list_depth
                    inner = _Spot(one.below, (*path, sent_as, *lists))
                    below.setdefault(sent_as, []).append(inner)
        for inner_spots in below.values():
            self.visit(inner_spots)

    def _sent_as(self, one: SelectedField, shapes: dict[str, str], used: set[str]) -> str:
        """The plain key for the first shape met, one alias for each further shape."""
        shape = _shape(one)
        if shape not in shapes:
            alias, count = one.key, 0
            while shapes and alias in used:
                alias = f"_{one.key}_{count}"
                count += 1
            used.add(alias)
            shapes[shape] = alias
        return shapes[shape]


def _shape(one: SelectedField) -> str:
    """What has to be equal: lists, non-nulls, and for leaves the type."""
    if one.move is None:
        return "String!"
    if one.below is None:
        return one.move.type
    return "".join(c for c in one.move.type if c in "[]!")
