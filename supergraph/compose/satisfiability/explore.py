"""Walk every query that clients can ask, one field further at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from supergraph.compose.satisfiability.reach import Place, Reach
from supergraph.compose.schema import TypeDefinition, named_type
from supergraph.model.supergraph import Kind

# Distinct combinations of type and place that are walked before giving up.
MOST_STATES = 100_000


class TooManyStates(Exception):
    """The supergraph has more distinct places than can be walked."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a query: a field of an object type."""

    type_name: str
    field_name: str


@dataclass(frozen=True, slots=True)
class State:
    """A point of a query.

    Attributes:
        type_name: what clients know of the objects here.
        place: where the router can stand.
        steps: the query so far, from the root.
    """

    type_name: str
    place: Place
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Dead:
    """A field that cannot be answered at a state.

    Attributes:
        place: everything that can be reached there.
    """

    state: State
    field_name: str
    place: Place


@dataclass
class Exploration:
    """One walk over all queries.

    Attributes:
        types: what clients can ask for, by name.
    """

    types: Mapping[str, TypeDefinition]
    reach: Reach
    _seen: set[tuple[str, Place]] = field(default_factory=set[tuple[str, Place]])
    _reported: set[Step] = field(default_factory=set[Step])

    def dead_ends(self, roots: Mapping[str, Place]) -> Iterator[Dead]:
        """Every field that some query reaches and no subgraph can answer there, each once.

        Args:
            roots: `roots[root type]`: where operations begin.

        Raises:
            TooManyStates: after `MOST_STATES`.
        """
        queue = deque(State(name, place) for name, place in roots.items())
        while queue:
            state = queue.popleft()
            if (state.type_name, state.place) in self._seen:
                continue
            self._seen.add((state.type_name, state.place))
            if len(self._seen) > MOST_STATES:
                raise TooManyStates
            for found in self._further(state):
                if isinstance(found, State):
                    queue.append(found)
                elif self._is_new(found):
                    yield found

    def _is_new(self, dead: Dead) -> bool:
        step = Step(dead.state.type_name, dead.field_name)
        is_new = step not in self._reported
        self._reported.add(step)
        return is_new

    def _further(self, state: State) -> Iterator[State | Dead]:
        declared = self.types.get(state.type_name)
        if declared is None:
            return
        place = self.reach.closure(state.place)
        if declared.kind is Kind.OBJECT:
            yield from self._fields(declared, state, place)
        else:
            yield from self._members(declared, state, place)

    def _fields(
        self, declared: TypeDefinition, state: State, place: Place
    ) -> Iterator[State | Dead]:
        for name, found in declared.fields.items():
            moves = self.reach.moves(place, name)
            if not moves:
                yield Dead(state, name, place)
                continue
            targets = frozenset(move.target for move in moves if move.target)
            if targets:
                steps = (*state.steps, Step(declared.name, name))
                yield State(named_type(found.type), targets, steps)

    def _members(
        self, declared: TypeDefinition, state: State, place: Place
    ) -> Iterator[State | Dead]:
        """The object types that any subgraph can find here.

        A subgraph that knows only the interface answers for all of them, once another has said
        which of them it is.
        """
        graph = self.reach.graph
        stand_ins = frozenset(node for node in place if node.is_interface_object)
        members = sorted({name for node in place for name in graph.casts(node)})
        if stand_ins and not members:
            # Nobody can say which objects these are; the interface's own fields remain.
            yield from self._fields(declared, state, place)
        for name in members:
            casts = [graph.casts(node) for node in place]
            found = frozenset(found[name].target for found in casts if name in found)
            yield State(name, found | stand_ins, state.steps)
