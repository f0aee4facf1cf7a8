"""Which fields of a look-up cannot be had when one of its inputs is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from supergraph.execute.failures import Cause, Wanted
from supergraph.execute.rewrites import step_into
from supergraph.federation.field_set import FieldSelection, Selection
from supergraph.model.supergraph import Supergraph, SupergraphType


@dataclass(frozen=True, slots=True)
class Gap:
    """An input that is not there.

    Attributes:
        names: the way to it in the representation, list indices left out.
        causes: why it failed, as seen from a field of the place; none where it is only missing.
    """

    names: tuple[str, ...]
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Needs:
    """What the fields of a look-up need, besides the key, as their @requires says.

    Attributes:
        wanted: what the look-up selects.
        subgraph: the subgraph that it asks.
    """

    wanted: Wanted
    subgraph: str
    supergraph: Supergraph

    def spoiled(
        self, type_name: str | None, gaps: Sequence[Gap]
    ) -> Mapping[str, tuple[Cause, ...]]:
        """The keys of an object that the gaps make impossible, and why.

        All, if a key is missing; none, if only fields need it that this operation leaves out.

        Args:
            type_name: the object's type.
            gaps: one or more.
        """
        spoiled: dict[str, tuple[Cause, ...]] = {}
        requires = self._requires(type_name)
        for gap in gaps:
            keys = [key for key, needed in requires.items() if _names(needed, gap.names)]
            if self._is_key(type_name, gap) or not (keys or self._is_required(type_name, gap)):
                keys = list(requires)
            for key in keys:
                spoiled.setdefault(key, gap.causes)
        return spoiled

    def is_whole(self, type_name: str | None, keys: Iterable[str]) -> bool:
        """Whether `keys` are all that is wanted of an object of this type."""
        return self._requires(type_name).keys() <= set(keys)

    def _requires(self, type_name: str | None) -> dict[str, tuple[Selection, ...]]:
        wanted = self.wanted
        found: dict[str, tuple[Selection, ...]] = {}
        for key, nodes in wanted.scope.collect(wanted.sets, type_name).items():
            if (name := nodes[0].name.value) != "__typename":
                new_key, _ = step_into(wanted.rewrites, key, type_name, wanted.scope.conditions)
                found[new_key] = self._required_by(type_name, name)
        return found

    def _required_by(self, type_name: str | None, field: str) -> tuple[Selection, ...]:
        return tuple(
            selection
            for owner in self._owners(type_name)
            if field in owner.fields
            for graph, join in owner.fields[field].joins.items()
            if graph in self._graphs and join.requires
            for selection in join.requires.selections
        )

    def _is_required(self, type_name: str | None, gap: Gap) -> bool:
        """Whether any field of the type needs it, asked or not."""
        return any(
            _names(self._required_by(type_name, field), gap.names)
            for owner in self._owners(type_name)
            for field in owner.fields
        )

    def _is_key(self, type_name: str | None, gap: Gap) -> bool:
        return any(
            _names(key.fields.selections, gap.names)
            for owner in self._owners(type_name)
            for graph, join in owner.joins.items()
            if graph in self._graphs
            for key in join.keys
        )

    @property
    def _graphs(self) -> set[str]:
        graphs = self.supergraph.graphs.values()
        return {graph.id for graph in graphs if graph.name == self.subgraph}

    def _owners(self, type_name: str | None) -> Iterable[SupergraphType]:
        """The type, and the interfaces that some subgraph may know it by."""
        own = self.supergraph.types.get(type_name or "")
        if own is None:
            return ()
        names = {own.name, *(name for names in own.interfaces.values() for name in names)}
        return [
            self.supergraph.types[name] for name in sorted(names & self.supergraph.types.keys())
        ]


def _names(selections: Iterable[Selection], names: tuple[str, ...]) -> bool:
    """Whether selections name a field on this way."""
    for selection in selections:
        if not isinstance(selection, FieldSelection):
            if _names(selection.selections, names):
                return True
        elif selection.name == names[0] and (
            len(names) == 1 or not selection.selections or _names(selection.selections, names[1:])
        ):
            return True
    return False
