"""Ways: how a field of an object in hand can be had, in the same request or after jumps.

Everything here is relative to a node and independent of the operation, so it is found once per
query graph and remembered: this is what keeps wide operations linear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import TypeVar
from weakref import WeakKeyDictionary

from supergraph.federation.field_set import FieldSelection, FieldSet, Selection, TypeSelection
from supergraph.model.supergraph import Kind
from supergraph.query_graph.build import QueryGraph
from supergraph.query_graph.moves import Downcast, FieldMove
from supergraph.query_graph.nodes import Node

Request = tuple[int, str]
"""`(level, graph)`: all requests of one level to one subgraph can be sent as one."""

_ALTERNATIVES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Hop:
    """A key jump with all that it needs resolved: it can really be taken.

    Attributes:
        source: the node it starts from.
        key: what identifies the object in the target's subgraph.
        requires: what a field of the target needs besides (`@requires`).
        trails: where each leaf of key and requires comes from, walking from the source.
        level: how many requests after the source's its own request is; 1 or more.
        requests: its own request and those of its trails, levels relative to the source.
    """

    source: Node
    target: Node
    key: FieldSet
    requires: FieldSet | None
    trails: tuple[Trail, ...]
    level: int
    requests: frozenset[Request]

    @property
    def sort_key(self) -> tuple[int, int, list[Request], str]:
        """Cheapest first; ties do not depend on the order in which subgraphs are written."""
        return self.level, len(self.requests), sorted(self.requests), str(self.key)


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way to a field: after a hop, or at once.

    Attributes:
        move: from the hop's target, or from the node itself.
    """

    hop: Hop | None
    move: FieldMove

    @property
    def level(self) -> int:
        """Requests to wait for before the field's own can be sent."""
        return self.hop.level if self.hop else 0


@dataclass(frozen=True, slots=True)
class Typename:
    """The move to `__typename`, which every node has."""

    alias: str | None = None


TrailMove = Hop | Downcast | Typename | tuple[FieldMove, FieldSelection]


@dataclass(frozen=True, slots=True)
class Trail:
    """How one leaf of a field set is reached: moves from the node that the field set is about."""

    moves: tuple[TrailMove, ...] = ()
    level: int = 0
    requests: frozenset[Request] = frozenset()

    def after(self, hop: Hop | None, *moves: TrailMove) -> Trail:
        """The trail with moves put before it; the requests behind a hop are that much later."""
        if hop is None:
            return Trail((*moves, *self.moves), self.level, self.requests)
        later = frozenset((level + hop.level, graph) for level, graph in self.requests)
        return Trail((hop, *moves, *self.moves), self.level + hop.level, hop.requests | later)


Trails = tuple[Trail, ...]
"""Trails that are all taken: one for each object type where a field differs by type."""

Chain = tuple[Selection, ...]
"""One leaf of a field set under all that stands above it, outermost first."""

_Found = TypeVar("_Found")
WaysOf = Callable[[Node, str], Sequence[Way]]


class Ways:
    """Finds and remembers ways."""

    def __init__(self, graph: QueryGraph) -> None:
        self._graph = graph
        self._hops: dict[Node, tuple[Hop, ...]] = {}
        self._ways: dict[tuple[Node, str], tuple[Way, ...]] = {}
        self._open: set[object] = set()
        self._cuts = 0

    @staticmethod
    def of(graph: QueryGraph) -> Ways:
        """The one `Ways` of a query graph."""
        if graph not in _REMEMBERED:
            _REMEMBERED[graph] = Ways(graph)
        return _REMEMBERED[graph]

    def to_field(self, node: Node, name: str) -> Sequence[Way]:
        """All ways to a field of an object in hand, cheapest first; empty where there is none.

        A leaf that is here at once is never looked for elsewhere.
        """
        if (node, name) in self._ways:
            return self._ways[node, name]
        found, is_whole = self._guarded((node, name), lambda: tuple(self._find_ways(node, name)))
        if is_whole:
            self._ways[node, name] = found
        return found

    def _guarded(
        self, what: object, find: Callable[[], tuple[_Found, ...]]
    ) -> tuple[tuple[_Found, ...], bool]:
        """Search once at a time for the same thing, so that cycles end.

        Returns:
            What was found, and whether that is all: a search cut off inside an open one may
            lack what leads through the open one, and is not remembered.
        """
        if what in self._open:
            self._cuts += 1
            return (), False
        cuts = self._cuts
        self._open.add(what)
        found = find()
        self._open.discard(what)
        return found, self._cuts == cuts or not self._open

    def _find_ways(self, node: Node, name: str) -> list[Way]:
        move = self._graph.field(node, name)
        if move and move.requires is None:
            if move.target is None:
                return [Way(None, move)]
            return [Way(None, move), *self._ways_after_hops(node, name)]
        hopped = self._ways_after_hops(node, name)
        return sorted([*hopped, *self._ways_with_inputs(node, name)], key=_way_order)

    def _ways_after_hops(self, node: Node, name: str) -> list[Way]:
        moves = ((hop, self._graph.field(hop.target, name)) for hop in self.hops(node))
        return [Way(hop, move) for hop, move in moves if move and move.requires is None]

    def _ways_with_inputs(self, node: Node, name: str) -> list[Way]:
        """Ways that enter a subgraph, maybe the node's own, with the inputs of a @requires."""
        targets = [self._graph.node(node.type_name, node.graph)]
        targets += [jump.target for jump in self._graph.jumps(node)]
        found: list[Way] = []
        for target in dict.fromkeys(targets):
            move = self._graph.field(target, name)
            if move and move.requires is not None:
                found += [Way(hop, move) for hop in self._hops_with_inputs(node, move)]
        return found

    def _hops_with_inputs(self, node: Node, move: FieldMove) -> list[Hop]:
        target, requires = move.source, move.requires
        found: list[Hop] = []
        for key in self._graph.keys(target.type_name, target.graph):
            wanted = key.selections + (requires.selections if requires else ())
            options = self._all_leaves(node, wanted, self.to_field)
            found += [_hop(node, target, key, requires, trails) for trails in options]
        return sorted(found, key=lambda hop: hop.sort_key)[:_ALTERNATIVES]

    def hops(self, node: Node) -> tuple[Hop, ...]:
        """Every hop to another subgraph that can be taken from a node, the shortest ones only."""
        if node in self._hops:
            return self._hops[node]
        found, is_whole = self._guarded(node, lambda: self._find_hops(node))
        if is_whole:
            self._hops[node] = found
        return found

    def _find_hops(self, node: Node) -> tuple[Hop, ...]:
        """Level by level: what the objects known so far let us enter next."""
        known: dict[Node, list[Hop]] = {}
        while True:
            new: dict[Node, list[Hop]] = {}
            for jump in self._graph.jumps(node):
                if jump.target not in known:
                    hops = self._hops_from(node, jump.target, jump.key, known)
                    new.setdefault(jump.target, []).extend(hops)
            reached = {target: hops for target, hops in new.items() if hops}
            if not reached:
                break
            soonest = min(hop.level for hops in reached.values() for hop in hops)
            for target, hops in reached.items():
                kept = [hop for hop in hops if hop.level == soonest]
                if kept:
                    known[target] = sorted(kept, key=lambda h: h.sort_key)[:_ALTERNATIVES]
        every = (hop for hops in known.values() for hop in hops)
        return tuple(sorted(every, key=lambda h: (h.sort_key, str(h.target))))

    def _hops_from(
        self, node: Node, target: Node, key: FieldSet, known: dict[Node, list[Hop]]
    ) -> list[Hop]:
        def ways(place: Node, name: str) -> Sequence[Way]:
            if place is not node:
                return self.to_field(place, name)
            here = self._graph.field(node, name)
            if here and here.requires is None:
                return [Way(None, here)]
            hops = (hop for found in known.values() for hop in found)
            moves = ((hop, self._graph.field(hop.target, name)) for hop in hops)
            return [Way(hop, m) for hop, m in moves if m and m.requires is None]

        options = self._all_leaves(node, key.selections, ways)
        return [_hop(node, target, key, None, trails) for trails in options]

    def _all_leaves(
        self, node: Node, selections: Iterable[Selection], ways: WaysOf
    ) -> list[Trails]:
        """Alternatives to have every leaf of a field set, a few of the cheapest."""
        each = [self._leaf(node, chain, ways) for chain in _chains(tuple(selections))]
        combined = (sum(option, ()) for option in product(*each))
        return list(islice(combined, _ALTERNATIVES))

    def _leaf(self, node: Node, chain: Chain, ways: WaysOf) -> list[Trails]:
        """Alternatives to have one leaf, cheapest first; none where it cannot be had."""
        if not chain:
            return [(Trail(),)]
        head, rest = chain[0], chain[1:]
        if isinstance(head, TypeSelection):
            return self._narrowed(node, head.type_name, rest, ways)
        if head.name == "__typename":
            return [(Trail((Typename(head.alias),)),)]
        found = [
            tuple(trail.after(way.hop, (way.move, head)) for trail in trails)
            for way in ways(node, head.name)
            for trails in self._below(way.move, rest)
        ]
        if not found and self._graph.casts(node):
            return self._of_each_type(node, frozenset(self._graph.casts(node)), chain, ways)
        return sorted(found, key=_trails_order)[:_ALTERNATIVES]

    def _below(self, move: FieldMove, rest: Chain) -> list[Trails]:
        if move.target is None:
            return [(Trail(),)]
        return self._leaf(move.target, rest, self.to_field)

    def _narrowed(
        self, node: Node, condition: str | None, rest: Chain, ways: WaysOf
    ) -> list[Trails]:
        is_above = condition in self._graph.abstract_names(node.type_name)
        if condition is None or condition == node.type_name or is_above:
            return self._leaf(node, rest, ways)
        if node.is_interface_object:
            return self._after_learning_type(node, condition, rest)
        names = self.object_types(condition) & frozenset(self._graph.casts(node))
        return self._of_each_type(node, names, rest, ways)

    def _after_learning_type(self, node: Node, condition: str, rest: Chain) -> list[Trails]:
        """An interface object's type is known only in a subgraph that has the interface."""
        found = [
            tuple(trail.after(hop) for trail in trails)
            for hop in self.hops(node)
            if not hop.target.is_interface_object
            for trails in self._narrowed(hop.target, condition, rest, self.to_field)
        ]
        return sorted(found, key=_trails_order)[:_ALTERNATIVES]

    def object_types(self, condition: str) -> frozenset[str]:
        """The object types that a type condition lets through."""
        declared = self._graph.supergraph.types[condition]
        if declared.kind is Kind.INTERFACE:
            return self._graph.implementers(condition)
        if declared.kind is Kind.UNION:
            return frozenset[str]().union(*declared.members.values())
        return frozenset({condition})

    def _of_each_type(
        self, node: Node, names: frozenset[str], chain: Chain, ways: WaysOf
    ) -> list[Trails]:
        """The leaf from every object type by itself: all of them are needed."""
        found: Trails = ()
        for name in sorted(names):
            cast = self._graph.casts(node)[name]
            options = self._leaf(cast.target, chain, self.to_field)
            if not options:
                return []
            found += tuple(trail.after(None, cast) for trail in options[0])
        return [found]


_REMEMBERED: WeakKeyDictionary[QueryGraph, Ways] = WeakKeyDictionary()


def _hop(
    source: Node, target: Node, key: FieldSet, requires: FieldSet | None, trails: Trails
) -> Hop:
    level = 1 + max((trail.level for trail in trails), default=0)
    requests = frozenset[Request]().union(*(trail.requests for trail in trails))
    requests |= {(level, target.graph)}
    return Hop(source, target, key, requires, trails, level, requests)


def _chains(selections: tuple[Selection, ...]) -> list[Chain]:
    found: list[Chain] = []
    for selection in selections:
        if selection.selections:
            found += [(selection, *chain) for chain in _chains(selection.selections)]
        else:
            found.append((selection,))
    return found


def _trails_order(trails: Trails) -> tuple[int, int, list[Request]]:
    requests = frozenset[Request]().union(*(trail.requests for trail in trails))
    level = max((trail.level for trail in trails), default=0)
    return level, len(requests), sorted(requests)


def _way_order(way: Way) -> tuple[int, int, list[Request], str]:
    requests = way.hop.requests if way.hop else frozenset[Request]()
    return way.level, len(requests), sorted(requests), str(way.move.source)
