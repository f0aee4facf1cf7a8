"""Inline fragments and merge siblings, level by level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)

from supergraph.plan.asks import ALWAYS, Ask, Conditions
from supergraph.plan.budget import Budget
from supergraph.plan.errors import ReservedAlias
from supergraph.plan.normalize.skip_include import conditions_of
from supergraph.plan.normalize.type_conditions import TypeConditions, Types

_GroupKey = tuple[str | None, str, Conditions]


@dataclass(slots=True)
class _Group:
    """All selections of one response key, under one type and one set of conditions."""

    first: FieldNode
    selection_sets: dict[int, SelectionSetNode] = field(default_factory=dict[int, SelectionSetNode])


@dataclass(slots=True)
class _Level:
    """What is collected for one place.

    Attributes:
        place: static type of the place.
        known: conditions that hold there.
        visited: selection sets already read, per types and conditions: a fragment that is
            spread twice is read once, which keeps doubling fragments linear.
    """

    place: str
    known: Conditions
    groups: dict[_GroupKey, _Group]
    visited: set[tuple[int, Types, Conditions]]


class Collector:
    """Collects the fields of an operation into asks."""

    def __init__(
        self,
        fragments: Mapping[str, FragmentDefinitionNode],
        types: TypeConditions,
        budget: Budget,
    ) -> None:
        self._fragments = fragments
        self._types = types
        self._budget = budget

    def collect(
        self, selection_sets: Iterable[SelectionSetNode], place: str, above: Sequence[Conditions]
    ) -> tuple[Ask, ...]:
        """The asks of one place, in the order first selected.

        Args:
            selection_sets: all that is selected there.
            place: static type of the place.
            above: conditions of each ask above; they hold wherever the place exists.

        Raises:
            PlanTooComplex: too many fields, or nested too deep.
        """
        self._budget.check_depth(len(above))
        level = _Level(place, frozenset[tuple[str, bool]]().union(*above), {}, set())
        for selection_set in selection_sets:
            self._read(selection_set, level, None, ALWAYS)
        groups = _without_repeated_leaves(level.groups)
        return tuple(self._ask(key, group, place, above) for key, group in groups.items())

    def _read(
        self, selection_set: SelectionSetNode, level: _Level, types: Types, conditions: Conditions
    ) -> None:
        mark = (id(selection_set), types, conditions)
        if mark in level.visited:
            return
        level.visited.add(mark)
        for selection in selection_set.selections:
            self._read_selection(selection, level, types, conditions)

    def _read_selection(
        self, selection: SelectionNode, level: _Level, types: Types, above: Conditions
    ) -> None:
        self._budget.spend_step()
        conditions = conditions_of(selection.directives, above)
        if conditions is None or any(
            (name, not wanted) in level.known for name, wanted in conditions
        ):
            return
        if isinstance(selection, FieldNode):
            self._add(selection, level, types, conditions - level.known)
            return
        condition, selection_set = self._fragment(selection)
        narrowed = self._types.narrow(level.place, types, condition)
        if narrowed is None or narrowed:
            self._read(selection_set, level, narrowed, conditions)

    def _fragment(self, selection: SelectionNode) -> tuple[str | None, SelectionSetNode]:
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            return (condition.name.value if condition else None), selection.selection_set
        if isinstance(selection, FragmentSpreadNode):
            found = self._fragments[selection.name.value]
            return found.type_condition.name.value, found.selection_set
        raise TypeError(selection)

    def _add(self, node: FieldNode, level: _Level, types: Types, conditions: Conditions) -> None:
        key = (node.alias or node.name).value
        if key == "__typename" and node.name.value != "__typename":
            raise ReservedAlias(f"The field {node.name.value} is called __typename.")
        for on in self._owners(level.place, types, node.name.value):
            group = level.groups.setdefault((on, key, conditions), _Group(node))
            if node.selection_set:
                group.selection_sets[id(node.selection_set)] = node.selection_set

    def _owners(self, place: str, types: Types, name: str) -> Sequence[str | None]:
        """The object types that a field is asked of, `None` for all of the place at once."""
        is_declared = name == "__typename" or self._types.field_type(place, name) is not None
        if types is None and is_declared:
            return [None]
        return sorted(self._types.possible(place) if types is None else types)

    def _ask(self, key: _GroupKey, group: _Group, place: str, above: Sequence[Conditions]) -> Ask:
        self._budget.spend_field()
        on, response_key, conditions = key
        name = group.first.name.value
        children: tuple[Ask, ...] = ()
        if group.selection_sets:
            target = self._types.field_type(on or place, name) or place
            children = self.collect(group.selection_sets.values(), target, (*above, conditions))
        return Ask(
            key=response_key,
            name=name,
            arguments=tuple(group.first.arguments or ()),
            conditions=conditions,
            on=on,
            children=children,
            is_composite=bool(group.selection_sets),
            is_plain=on is None and name != "__typename" and all(c.is_plain for c in children),
        )


def _without_repeated_leaves(groups: dict[_GroupKey, _Group]) -> dict[_GroupKey, _Group]:
    """Leave out a leaf that the same place is asked for with less of a condition."""

    def is_repeated(key: _GroupKey, group: _Group) -> bool:
        on, response_key, conditions = key
        weaker: set[_GroupKey] = {
            (None, response_key, conditions),
            (None, response_key, ALWAYS),
            (on, response_key, ALWAYS),
        }
        return not group.selection_sets and any(
            other in groups and groups[other].first.name.value == group.first.name.value
            for other in weaker - {key}
        )

    return {key: group for key, group in groups.items() if not is_repeated(key, group)}
