"""What a representation holds: key and inputs of one jump, in the response keys of the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_abstract_type,
)

from supergraph.federation.field_set import FieldSelection, Selection, TypeSelection
from supergraph.plan.keys import Place, ResponseKeys
from supergraph.plan.steps import Input
from supergraph.plan.ways import Hop
from supergraph.query_graph.field_sets import union
from supergraph.query_plan.nodes import Rewrite

_TYPENAME = FieldSelection("__typename")


class Representations:
    """Writes the inputs of hops."""

    def __init__(self, schema: GraphQLSchema, keys: ResponseKeys) -> None:
        self._schema = schema
        self._keys = keys

    def of(self, hop: Hop, place: Place) -> Input:
        """The input that a hop needs of each object at a place."""
        requires = hop.requires.selections if hop.requires else ()
        start = (f"... on {hop.source.type_name}",)
        picked = _Picked({}, [])
        wanted = union(hop.key.selections, requires)
        selections = self._pick(wanted, _Spot(hop.source.type_name, place, start), picked)
        if hop.target.is_interface_object:
            # The subgraph knows the objects by the interface's name, whatever their type is.
            name = hop.target.type_name
            picked.rewrites.append(Rewrite((*start, "__typename"), set_value=name))
        return Input((_TYPENAME, *selections), tuple(picked.rewrites), picked.keys)

    def _pick(
        self, selections: Iterable[Selection], spot: _Spot, picked: _Picked
    ) -> tuple[Selection, ...]:
        found: list[Selection] = []
        for one in selections:
            if isinstance(one, TypeSelection):
                inner = spot.narrowed(one.type_name)
                below = self._pick(one.selections, inner, picked)
                found.append(TypeSelection(inner.type_name, below))
            elif one.name != "__typename":
                found.append(self._field(one, spot, picked))
        return tuple(found)

    def _field(self, one: FieldSelection, spot: _Spot, picked: _Picked) -> FieldSelection:
        key = self._keys.for_field(spot.place, one)
        picked.keys[spot.path, one.name] = key
        if key != one.name:
            picked.rewrites.append(Rewrite((*spot.path, key), rename_to=one.name))
        if not one.selections:
            return FieldSelection(key)
        inner = spot.below(key, self._type_text(spot.type_name, one.name))
        below = self._pick(one.selections, inner, picked)
        is_abstract = is_abstract_type(self._schema.type_map[inner.type_name])
        return FieldSelection(key, selections=(_TYPENAME, *below) if is_abstract else below)

    def _type_text(self, type_name: str, field_name: str) -> str:
        owner = self._schema.type_map[type_name]
        if not isinstance(owner, GraphQLObjectType | GraphQLInterfaceType):
            raise TypeError(f"{type_name} has no field {field_name}")
        return str(owner.fields[field_name].type)


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where in a representation: its static type, its place in the data, its rewrite path."""

    type_name: str
    place: Place
    path: tuple[str, ...]

    def narrowed(self, type_name: str | None) -> _Spot:
        """Under a type condition."""
        name = type_name or self.type_name
        return _Spot(name, self.place, (*self.path, f"... on {name}"))

    def below(self, key: str, type_text: str) -> _Spot:
        """Below a field of a type written like `[Product!]`."""
        path = (*self.path, key, *("@",) * type_text.count("["))
        return _Spot(type_text.strip("[]!"), (*self.place, key), path)


@dataclass(frozen=True, slots=True)
class _Picked:
    """What is found out on the way: see `Input`."""

    keys: dict[tuple[tuple[str, ...], str], str]
    rewrites: list[Rewrite]
