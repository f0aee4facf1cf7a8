"""Paths: every way from a root to each leaf of the operation, without the ones never best."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from supergraph.plan.asks import Ask
from supergraph.plan.budget import Budget
from supergraph.plan.errors import Unresolvable
from supergraph.plan.normalize.type_conditions import TypeConditions
from supergraph.plan.ways import Hop, Request, Way, Ways
from supergraph.query_graph.build import QueryGraph
from supergraph.query_graph.moves import Downcast, FieldMove
from supergraph.query_graph.nodes import Node

_PER_NODE = 3


@dataclass(frozen=True, slots=True)
class Root:
    """The first move: a request to the node's subgraph."""

    node: Node


AskMove = tuple[Ask, FieldMove]
PathMove = Root | AskMove | Downcast | Hop


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Moves from a root to a node; paths share their beginnings, so they are equal by identity.

    Attributes:
        node: where it ends; the leaf's owner where it ends in a leaf.
        level: how many requests stand before the one it ends in.
        requests: every request that it takes, those of its hops' trails too.
        hops: how many hops it takes.
        after: how it has been continued, so that equal continuations are the same path.
    """

    previous: Path | None
    move: PathMove
    node: Node
    level: int
    requests: frozenset[Request]
    hops: int = 0
    after: dict[Hop | Downcast, Path] = field(default_factory=dict["Hop | Downcast", "Path"])

    def then_hop(self, hop: Hop) -> Path:
        """Continue in another subgraph."""
        if hop not in self.after:
            later = {(self.level + level, graph) for level, graph in hop.requests}
            level = self.level + hop.level
            self.after[hop] = Path(
                self, hop, hop.target, level, self.requests | later, self.hops + 1
            )
        return self.after[hop]

    def then_cast(self, cast: Downcast) -> Path:
        """Continue with objects of one type only."""
        if cast not in self.after:
            self.after[cast] = Path(self, cast, cast.target, self.level, self.requests, self.hops)
        return self.after[cast]

    def then_field(self, ask: Ask, move: FieldMove) -> Path:
        """Continue along a field."""
        target = move.target or self.node
        return Path(self, (ask, move), target, self.level, self.requests, self.hops)

    def moves(self) -> list[Path]:
        """The path after each of its moves, first to last."""
        found: list[Path] = [self]
        while (previous := found[-1].previous) is not None:
            found.append(previous)
        return found[::-1]

    @property
    def sort_key(self) -> tuple[int, int, list[Request], int]:
        """Cheapest first; independent of the order in which subgraphs are written."""
        return self.level, len(self.requests), sorted(self.requests), self.hops


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """Something that the plan has to fetch.

    Attributes:
        ask: a leaf field, or a composite one that is fetched whole in one request.
        place: response keys from the root to it, for an order that is always the same.
        options: paths of which one is to be taken; each ends with the ask's own move, or, for
            `__typename`, at the object.
    """

    ask: Ask
    place: tuple[str, ...]
    options: tuple[Path, ...]


TYPENAME = Ask("__typename", "__typename", is_plain=False)


def find_paths(asks: Iterable[Ask], roots: Sequence[Node], finder: PathFinder) -> list[Leaf]:
    """Find every leaf of an operation and all ways to it.

    Args:
        asks: normalised root fields.
        roots: root types that a request may start from.
        finder: the search, with its budget.

    Raises:
        Unresolvable: some leaf has no way; composition should have refused the supergraph.
        PlanTooComplex: the budget is used up.
    """
    starts = [Path(None, Root(node), node, 0, frozenset({(0, node.graph)})) for node in roots]
    return list(finder.leaves(asks, starts, ()))


@dataclass(frozen=True, slots=True)
class PathFinder:
    """Walks down an operation with, at each place, the best paths to it."""

    graph: QueryGraph
    ways: Ways
    types: TypeConditions
    budget: Budget

    def leaves(
        self, asks: Iterable[Ask], entries: Sequence[Path], place: tuple[str, ...]
    ) -> Iterator[Leaf]:
        """The leaves at and below a place.

        Args:
            asks: what is asked there.
            entries: the ways to get there.
            place: response keys from the root.
        """
        members = self._members(entries)
        is_asked_always = False
        for ask in asks:
            if ask.on is None:
                leaves = self._field(ask, entries, place)
            elif members is None or ask.on in members:
                leaves = self._field(ask, self._cast(entries, ask.on), place)
            else:
                continue
            is_asked_always |= not ask.conditions
            yield from leaves
        if place and not is_asked_always:
            # That there is an object has to be known even where nothing of it is asked.
            yield Leaf(TYPENAME, (*place, "__typename"), tuple(entries))

    def _members(self, entries: Sequence[Path]) -> frozenset[str] | None:
        """The object types that every way to a place can bring; `None` for any.

        A place that several subgraphs can answer may hold only what all of them know: which of
        them is asked must not change the answer.
        """
        nodes = {entry.node for entry in entries if not entry.node.is_interface_object}
        if not nodes:
            return None
        return frozenset[str].intersection(*(self._types_of(node) for node in nodes))

    def _types_of(self, node: Node) -> frozenset[str]:
        casts = frozenset(self.graph.casts(node))
        return casts if node.is_abstract else frozenset({node.type_name})

    def _cast(self, entries: Sequence[Path], on: str) -> list[Path]:
        """The entries as objects of one type; an interface object has to learn its type first."""
        found: list[Path] = []
        for entry in entries:
            if entry.node.is_interface_object:
                found += self._cast(self._with_type(entry), on)
            elif entry.node.type_name == on:
                found.append(entry)
            elif (cast := self.graph.casts(entry.node).get(on)) is not None:
                found.append(entry.then_cast(cast))
        return _best(found)

    def _with_type(self, entry: Path) -> list[Path]:
        hops = self.ways.hops(entry.node)
        return [entry.then_hop(h) for h in hops if not h.target.is_interface_object]

    def _field(self, ask: Ask, entries: Sequence[Path], place: tuple[str, ...]) -> list[Leaf]:
        here = (*place, ask.key)
        if ask.name == "__typename":
            return [self._typename(ask, entries, here)]
        if self._is_better_by_type(ask, entries):
            return self._by_type(ask, entries, place)
        try:
            return list(self._as_asked(ask, entries, here))
        except Unresolvable:
            if not any(self.graph.casts(entry.node) for entry in entries):
                raise
            return self._by_type(ask, entries, place)

    def _typename(self, ask: Ask, entries: Sequence[Path], here: tuple[str, ...]) -> Leaf:
        known = [entry for entry in entries if not entry.node.is_interface_object]
        if not known:
            known = [path for entry in entries for path in self._with_type(entry)]
        if not known:
            raise Unresolvable(f"No subgraph knows the type of {'.'.join(here[:-1])}.")
        return Leaf(ask, here, tuple(_best(known)))

    def _is_better_by_type(self, ask: Ask, entries: Sequence[Path]) -> bool:
        """Whether some subgraph answers for each object type what it does not for all at once."""
        here = [move for e in entries if (move := self._here(e.node, ask.name)) is not None]
        if any(self._is_local(ask, move) for move in here):
            return False
        if here:
            return any(self._some_type_provides_more(move) for move in here)
        return any(self._every_type_here(entry.node, ask.name) for entry in entries)

    def _some_type_provides_more(self, move: FieldMove) -> bool:
        """A @provides on the field of one object type is unknown to the interface's field."""
        if move.target is None:
            return False
        casts = self.graph.casts(move.source).values()
        of_types = (self.graph.field(cast.target, move.name) for cast in casts)
        return any(
            found is not None
            and found.target is not None
            and found.target.provided != move.target.provided
            for found in of_types
        )

    def _here(self, node: Node, name: str) -> FieldMove | None:
        move = self.graph.field(node, name)
        return move if move is not None and move.requires is None else None

    def _every_type_here(self, node: Node, name: str) -> bool:
        casts = self.graph.casts(node).values()
        return bool(casts) and all(self._here(cast.target, name) for cast in casts)

    def _by_type(self, ask: Ask, entries: Sequence[Path], place: tuple[str, ...]) -> list[Leaf]:
        members = self._members(entries) or frozenset()
        found: list[Leaf] = []
        for name in sorted(members):
            found += self._field(ask, self._cast(entries, name), place)
        if not found:
            raise Unresolvable(f"{'.'.join((*place, ask.key))} has no object type to be asked of.")
        return found

    def _as_asked(self, ask: Ask, entries: Sequence[Path], here: tuple[str, ...]) -> Iterator[Leaf]:
        reached = [path for entry in entries for path in self._follow(ask, entry)]
        if not reached:
            raise Unresolvable(f"No subgraph can resolve {'.'.join(here)}.")
        reached = _best(reached)
        if not ask.is_composite or self._is_whole(ask, reached):
            yield Leaf(ask, here, tuple(reached))
        else:
            yield from self.leaves(ask.children, reached, here)

    def _follow(self, ask: Ask, entry: Path) -> Iterator[Path]:
        ways = self.ways.to_field(entry.node, ask.name)
        if ways and ways[0].hop is None and self._is_local(ask, ways[0].move):
            ways = ways[:1]
        for way in ways:
            self.budget.spend_step()
            yield _walk(entry, way, ask)

    def _is_local(self, ask: Ask, move: FieldMove) -> bool:
        """Whether one request answers the ask and all below it, from this move on."""
        if move.target is None:
            return True
        if not ask.is_plain:
            return False
        self.budget.spend_step()
        for child in ask.children:
            below = self.graph.field(move.target, child.name)
            if below is None or below.requires is not None or not self._is_local(child, below):
                return False
        return True

    def _is_whole(self, ask: Ask, reached: Sequence[Path]) -> bool:
        moves = (path.move for path in reached)
        return all(isinstance(m, tuple) and self._is_local(ask, m[1]) for m in moves)


def _walk(entry: Path, way: Way, ask: Ask) -> Path:
    start = entry.then_hop(way.hop) if way.hop else entry
    return start.then_field(ask, way.move)


def _best(paths: Iterable[Path]) -> list[Path]:
    """Of the paths to each node only those that no other one beats, and few of them."""
    by_node: dict[Node, list[Path]] = {}
    for path in sorted(paths, key=lambda p: (p.sort_key, str(p.node))):
        kept = by_node.setdefault(path.node, [])
        is_beaten = any(k.level <= path.level and k.requests < path.requests for k in kept)
        if len(kept) < _PER_NODE and not is_beaten:
            kept.append(path)
    return [path for node in sorted(by_node, key=str) for path in by_node[node]]
