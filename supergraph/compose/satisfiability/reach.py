"""What can be answered from where, over the query graph that plans are made from.

A *place* is the set of nodes that the router can stand on at one point of a query: the same
objects in the subgraphs that can have answered so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from supergraph.federation.field_set import FieldSelection, FieldSet, Selection
from supergraph.query_graph.build import QueryGraph
from supergraph.query_graph.field_sets import has_field
from supergraph.query_graph.moves import FieldMove, KeyJump
from supergraph.query_graph.nodes import Node

Place = frozenset[Node]
Graphs = frozenset[str]
NOWHERE: Graphs = frozenset()


class Reach:
    """Answers questions about one query graph and remembers the answers.

    Attributes:
        roots: nodes of root types, which every operation can begin with again.
    """

    def __init__(self, graph: QueryGraph, roots: Sequence[Node]) -> None:
        self.graph = graph
        self._roots = {node.type_name: frozenset[Node]() for node in roots}
        for node in roots:
            self._roots[node.type_name] |= {node}
        self._closures: dict[tuple[Place, Graphs], Place] = {}
        # Fields being decided: what requires itself cannot be had.
        self._open_fields: set[tuple[Node, str]] = set()

    def closure(self, place: Place, without: Graphs = NOWHERE) -> Place:
        """Every node that can be reached from a place without leaving its objects.

        Args:
            place: where the router can stand.
            without: subgraphs that it may not enter: those whose keys are being collected.
        """
        if self._open_fields:
            return self._closure(place, without)
        known = self._closures.get((place, without))
        if known is None:
            known = self._closures[place, without] = self._closure(place, without)
        return known

    def _closure(self, place: Place, without: Graphs) -> Place:
        found = place.union(*(self._roots.get(node.type_name, ()) for node in place))
        while True:
            new = {jump.target for jump in self.jumps(found) if self._enters(jump, found, without)}
            if not new:
                return found
            found |= new

    def _enters(self, jump: KeyJump, place: Place, without: Graphs) -> bool:
        graph = jump.target.graph
        return graph not in without and self._answers(place, jump.key.selections, without | {graph})

    def jumps(self, place: Place) -> list[KeyJump]:
        """The jumps out of a place, possible or not."""
        return [
            jump for node in place for jump in self.graph.jumps(node) if jump.target not in place
        ]

    def _answers(self, place: Place, selections: Iterable[Selection], without: Graphs) -> bool:
        """Whether the nodes of a place can answer all of the selections between them."""
        return all(self._answers_one(place, selection, without) for selection in selections)

    def _answers_one(self, place: Place, selection: Selection, without: Graphs) -> bool:
        if not isinstance(selection, FieldSelection):
            below = self._cast(place, selection.type_name)
            return not below or self._answers(
                self.closure(below, without), selection.selections, without
            )
        if selection.name == "__typename":
            return True
        moves = self.moves(place, selection.name, without)
        below = frozenset(move.target for move in moves if move.target)
        return bool(moves) and (
            not below or self._answers_below(below, selection.selections, without)
        )

    def _answers_below(
        self, place: Place, selections: Sequence[Selection], without: Graphs
    ) -> bool:
        if self._answers(self.closure(place, without), selections, without):
            return True
        # What no interface answers as such, each of its object types may answer.
        members = {name for node in place for name in self.graph.casts(node)}
        return bool(members) and all(
            self._answers(self.closure(self._cast(place, name), without), selections, without)
            for name in members
        )

    def _cast(self, place: Place, type_name: str | None) -> Place:
        """The nodes of a narrower type, of those that have it."""
        if type_name is None:
            return place
        found = {node for node in place if node.type_name == type_name}
        for node in place:
            casts = self.graph.casts(node)
            found |= {casts[type_name].target} if type_name in casts else set()
        return frozenset(found)

    def moves(self, place: Place, name: str, without: Graphs = NOWHERE) -> list[FieldMove]:
        """The usable moves along a field from the nodes of a place."""
        found = [self.graph.field(node, name) for node in place]
        return [move for move in found if move is not None and self._usable(move, place, without)]

    def _usable(self, move: FieldMove, place: Place, without: Graphs) -> bool:
        if self._is_external(move):
            return False
        if move.requires is None:
            return True
        mark = (move.source, move.name)
        if mark in self._open_fields:
            return False
        self._open_fields.add(mark)
        try:
            return self._can_send(move, move.requires, place, without)
        finally:
            self._open_fields.discard(mark)

    def _is_external(self, move: FieldMove) -> bool:
        """An external key is known of objects that came by that key, not of any others."""
        source = move.source
        declared = self.graph.supergraph.types[source.type_name].fields[move.name]
        join = declared.joins.get(source.graph)
        is_marked = join is not None and join.external and not source.is_abstract
        return is_marked and not has_field(source.provided, move.name)

    def _can_send(self, move: FieldMove, requires: FieldSet, place: Place, without: Graphs) -> bool:
        """Whether what the field requires can be had and sent to its subgraph."""
        if not self._answers(place, requires.selections, without):
            return False
        keys = self.graph.keys(move.source.type_name, move.source.graph)
        return any(self._answers(place, key.selections, without) for key in keys)
