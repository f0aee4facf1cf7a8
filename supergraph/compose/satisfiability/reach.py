"""What can be answered from where, over the query graph that plans are made from.

A *place* is the set of nodes that the router can stand on at one point of a query: the same
objects in the subgraphs that can have answered so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from supergraph.federation.field_set import FieldSelection, FieldSet, Selection
from supergraph.query_graph.build import QueryGraph
from supergraph.query_graph.moves import FieldMove, KeyJump
from supergraph.query_graph.nodes import Node

Place = frozenset[Node]


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
        self._closures: dict[Place, Place] = {}
        # Places and fields being decided: what depends on itself cannot be had.
        self._open_places: set[Place] = set()
        self._open_fields: set[tuple[Node, str]] = set()

    def closure(self, place: Place) -> Place:
        """Every node that can be reached from a place without leaving its objects."""
        if place in self._closures:
            return self._closures[place]
        if place in self._open_places:
            return place
        self._open_places.add(place)
        found = self._closure(place)
        self._open_places.discard(place)
        if not self._open_places:
            self._closures[place] = found
        return found

    def _closure(self, place: Place) -> Place:
        found = place.union(*(self._roots.get(node.type_name, ()) for node in place))
        while True:
            new = {jump.target for jump in self.jumps(found) if self.can_jump(jump, found)}
            if not new:
                return found
            found |= new

    def jumps(self, place: Place) -> list[KeyJump]:
        """The jumps out of a place, possible or not."""
        return [
            jump for node in place for jump in self.graph.jumps(node) if jump.target not in place
        ]

    def can_jump(self, jump: KeyJump, place: Place) -> bool:
        """Whether the jump's key can be had at the place."""
        return self.answers(place, jump.key.selections)

    def answers(self, place: Place, selections: Iterable[Selection]) -> bool:
        """Whether the nodes of a place can answer all of the selections between them."""
        return all(self._answers_one(place, selection) for selection in selections)

    def _answers_one(self, place: Place, selection: Selection) -> bool:
        if not isinstance(selection, FieldSelection):
            below = self._cast(place, selection.type_name)
            return not below or self.answers(self.closure(below), selection.selections)
        if selection.name == "__typename":
            return True
        moves = self.moves(place, selection.name)
        if not moves:
            return False
        below = frozenset(move.target for move in moves if move.target)
        return not below or self._answers_below(below, selection.selections)

    def _answers_below(self, place: Place, selections: Sequence[Selection]) -> bool:
        if self.answers(self.closure(place), selections):
            return True
        # What no interface answers as such, each of its object types may answer.
        members = {name for node in place for name in self.graph.casts(node)}
        return bool(members) and all(
            self.answers(self.closure(self._cast(place, name)), selections) for name in members
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

    def moves(self, place: Place, name: str) -> list[FieldMove]:
        """The usable moves along a field from the nodes of a place."""
        found = [self.graph.field(node, name) for node in place]
        return [move for move in found if move is not None and self.can_move(move, place)]

    def can_move(self, move: FieldMove, place: Place) -> bool:
        """Whether what the field requires can be had and sent to its subgraph."""
        if move.requires is None:
            return True
        mark = (move.source, move.name)
        if mark in self._open_fields:
            return False
        self._open_fields.add(mark)
        try:
            return self._can_send(move, move.requires, place)
        finally:
            self._open_fields.discard(mark)

    def _can_send(self, move: FieldMove, requires: FieldSet, place: Place) -> bool:
        if not self.answers(place, requires.selections):
            return False
        keys = self.graph.keys(move.source.type_name, move.source.graph)
        return any(self.answers(place, key.selections) for key in keys)
