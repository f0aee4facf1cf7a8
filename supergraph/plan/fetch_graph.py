"""Turn the chosen paths into a graph of steps: which requests, with what, after which."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from supergraph.plan.asks import Ask
from supergraph.plan.keys import (
    Place,
    ResponseKeys,
    arguments_text,
    field_set_arguments_text,
    variables_in,
)
from supergraph.plan.paths import Leaf, Path, Root
from supergraph.plan.representation import Representations
from supergraph.plan.selected import Selected, SelectedField
from supergraph.plan.steps import Step
from supergraph.plan.ways import Hop, Trail, Typename
from supergraph.query_graph.build import QueryGraph
from supergraph.query_graph.moves import Downcast, FieldMove
from supergraph.query_plan.nodes import FlattenPath


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a path has come to: an object of a step's selections."""

    step: Step
    selected: Selected
    place: Place
    where: FlattenPath

    def narrowed(self, cast: Downcast) -> _Cursor:
        """At objects of one type only."""
        where = self.where
        if where:
            where = (*where[:-1], f"{where[-1].split('|')[0]}|{cast.target.type_name}")
        return _Cursor(self.step, self.selected.cast(cast.target), self.place, where)

    def below(self, added: SelectedField, move: FieldMove) -> _Cursor:
        """At the objects of a field; stays where it is for a leaf."""
        if added.below is None:
            return self
        where = (*self.where, added.key, *("@",) * move.list_depth)
        return _Cursor(self.step, added.below, (*self.place, added.key), where)


def build_fetch_graph(
    leaves: Sequence[Leaf], paths: Sequence[Path], asks: Iterable[Ask], graph: QueryGraph
) -> list[Step]:
    """Merge paths on what they share and cut them at their hops.

    Args:
        leaves: what has to be fetched.
        paths: the path chosen for each.
        asks: the whole operation, for the response keys that it uses.
        graph: for the merged schema.

    Returns:
        Steps with their parents, each after all of its parents.
    """
    builder = _Builder(graph, asks)
    for leaf, path in zip(leaves, paths, strict=True):
        builder.add(leaf, path)
    return list(builder.steps.values())


class _Builder:
    def __init__(self, graph: QueryGraph, asks: Iterable[Ask]) -> None:
        self._graph = graph
        self.steps: dict[object, Step] = {}
        self._cursors: dict[Path, _Cursor] = {}
        self._keys = ResponseKeys(asks)
        self._representations = Representations(graph.supergraph.schema, self._keys)

    def add(self, leaf: Leaf, path: Path) -> None:
        """Fetch one leaf along its path."""
        cursor = self._cursor(path)
        if leaf.ask.name == "__typename":
            cursor.selected.add(_selected_field(leaf.ask, None))
        self._add_whole(leaf.ask, cursor)
        self._use(leaf, path)

    def _use(self, leaf: Leaf, path: Path) -> None:
        """Tell every step of the path under which conditions this leaf needs it."""
        conditions = leaf.ask.conditions
        for one in reversed(path.moves()):
            if isinstance(one.move, tuple):
                conditions |= one.move[0].conditions
            elif isinstance(one.move, Hop | Root):
                self._cursors[one].step.uses.add(conditions)

    def _add_whole(self, ask: Ask, cursor: _Cursor) -> None:
        """Everything below an ask that one request answers whole."""
        for child in ask.children:
            move = self._graph.field(cursor.selected.node, child.name)
            if move is None:
                raise TypeError(f"{cursor.selected.node} does not answer {child.name}")
            added = cursor.selected.add(_selected_field(child, move))
            self._add_whole(child, cursor.below(added, move))

    def _cursor(self, path: Path) -> _Cursor:
        for one in path.moves():
            if one not in self._cursors:
                self._cursors[one] = self._moved(one)
        return self._cursors[path]

    def _moved(self, path: Path) -> _Cursor:
        if isinstance(path.move, Root):
            step = self.steps.setdefault(path.move.node.graph, Step(path.move.node.graph))
            return _Cursor(step, step.entry(path.move.node), (), ())
        if path.previous is None:
            raise TypeError("only a root comes first")
        before = self._cursors[path.previous]
        if isinstance(path.move, Downcast):
            return before.narrowed(path.move)
        if isinstance(path.move, Hop):
            return self._enter(before, path.move)
        ask, move = path.move
        return before.below(before.selected.add(_selected_field(ask, move)), move)

    def _enter(self, cursor: _Cursor, hop: Hop) -> _Cursor:
        """Cut: the objects at the cursor become the inputs of another step."""
        key = (id(cursor.selected), hop.target, str(hop.key), str(hop.requires))
        if key not in self.steps:
            step = Step(hop.target.graph, cursor.place, cursor.where)
            cursor.selected.typename = True
            for trail in hop.trails:
                self._follow(trail, cursor, step)
            step.inputs[hop.source.type_name] = self._representations.of(hop, cursor.place)
            self.steps[key] = step
        step = self.steps[key]
        return _Cursor(step, step.entry(hop.target), cursor.place, cursor.where)

    def _follow(self, trail: Trail, cursor: _Cursor, needed_by: Step) -> None:
        for move in trail.moves:
            if isinstance(move, Hop):
                cursor = self._enter(cursor, move)
                cursor.step.serves.add(needed_by)
            elif isinstance(move, Downcast):
                cursor = cursor.narrowed(move)
            elif isinstance(move, Typename):
                cursor.selected.typename = True
            else:
                field_move, selection = move
                added = SelectedField(
                    key=self._keys.for_field(cursor.place, selection),
                    name=selection.name,
                    arguments=field_set_arguments_text(selection),
                    move=field_move,
                )
                cursor = cursor.below(cursor.selected.add(added), field_move)
        needed_by.parents.add(cursor.step)


def _selected_field(ask: Ask, move: FieldMove | None) -> SelectedField:
    return SelectedField(
        key=ask.key,
        name=ask.name,
        arguments=arguments_text(ask.arguments),
        variables=variables_in(ask.arguments),
        conditions=ask.conditions,
        move=move,
    )
