"""What a viewer needs for each field and type of a supergraph, worked out once when it is loaded.

A field needs what it names itself and besides:
- what the type it gives back needs (objects, interfaces, scalars, enums alike);
- what its `@requires` inputs need, and theirs in turn: a field may not tell what it was made from;
- what the same field of an interface needs, unless composition only gathered it there from the
  implementing types.

An interface may always be asked; its implementing types decide, each for its own objects.

See GHSA-mx7m-j9xf-62hw (interfaces), GHSA-m8jr-fxqx-8xx6 (transitive through @requires),
GHSA-x33c-7c2v-mrj9 (polymorphic types).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
)

from supergraph.federation.field_set import FieldSelection, Selection
from supergraph.model import alternatives
from supergraph.model.supergraph import Access, Supergraph

Coordinate = tuple[str, str]
"""`(object type, field)`."""


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Only what is not open to everyone.

    Attributes:
        fields: what each protected field of an object type needs.
        types: what each protected object type needs.
        choices: fields of object types that give back an interface or union of which every
            member is protected, with the members' names.
    """

    fields: Mapping[Coordinate, Access] = field(default_factory=dict[Coordinate, Access])
    types: Mapping[str, Access] = field(default_factory=dict[str, Access])
    choices: Mapping[Coordinate, tuple[str, ...]] = field(
        default_factory=dict[Coordinate, tuple[str, ...]]
    )

    @property
    def policies(self) -> frozenset[str]:
        """The names of all policies."""
        needs = (*self.fields.values(), *self.types.values())
        return frozenset(name for need in needs for some in need.policies for name in some)

    @property
    def is_open(self) -> bool:
        """Whether everyone may see everything."""
        return not (self.fields or self.types)


def given_type(field_: GraphQLField) -> GraphQLNamedType:
    """The type that a field gives back, without lists and non-nulls."""
    return get_named_type(cast("GraphQLNamedType", field_.type))


def both(one: Access, other: Access) -> Access:
    """What a viewer needs who must satisfy both."""
    return Access(
        one.authenticated or other.authenticated,
        alternatives.least(alternatives.both(one.scopes, other.scopes)),
        alternatives.least(alternatives.both(one.policies, other.policies)),
    )


def read_access(supergraph: Supergraph) -> AccessRules:
    """Work out what each field and type needs."""
    return _Reader(supergraph).read()


class _Reader:
    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._schema: GraphQLSchema = supergraph.schema
        self._objects = [
            named
            for named in self._schema.type_map.values()
            if isinstance(named, GraphQLObjectType)
        ]

    def read(self) -> AccessRules:
        types = {named.name: self._type_access(named) for named in self._objects}
        fields = {
            (named.name, name): self._field_access(named, name)
            for named in self._objects
            for name in named.fields
        }
        self._spread_requirements(fields, types)
        return AccessRules(
            fields={place: need for place, need in fields.items() if not need.is_open},
            types={name: need for name, need in types.items() if not need.is_open},
            choices=self._choices(types),
        )

    def _choices(self, types: Mapping[str, Access]) -> dict[Coordinate, tuple[str, ...]]:
        found: dict[Coordinate, tuple[str, ...]] = {}
        for named in self._objects:
            for name, field_ in named.fields.items():
                given = given_type(field_)
                members = tuple(o.name for o in self._objects_of(given.name))
                is_choice = is_abstract_type(given) and bool(members)
                if is_choice and not any(types[member].is_open for member in members):
                    found[named.name, name] = members
        return found

    def _own(self, type_name: str, field_name: str | None = None) -> Access:
        type_ = self._supergraph.types.get(type_name)
        if type_ is None:
            return Access()
        if field_name is None:
            return type_.access
        found = type_.fields.get(field_name)
        return found.access if found else Access()

    def _type_access(self, named: GraphQLObjectType) -> Access:
        inherited = (self._explicit(i, None) for i in named.interfaces)
        return reduce(both, inherited, self._own(named.name))

    def _field_access(self, named: GraphQLObjectType, name: str) -> Access:
        given = given_type(named.fields[name])
        need = reduce(
            both,
            (self._explicit(i, name) for i in named.interfaces if name in i.fields),
            self._own(named.name, name),
        )
        return both(need, self._given_access(given))

    def _given_access(self, given: GraphQLNamedType) -> Access:
        """What a field needs for the type it gives back.

        An abstract type is judged object by object, where the executor knows which it is.
        """
        if isinstance(given, GraphQLInterfaceType | GraphQLUnionType):
            return Access()
        if isinstance(given, GraphQLObjectType):
            return self._type_access(given)
        return self._own(given.name)

    def _explicit(self, interface: GraphQLInterfaceType, name: str | None) -> Access:
        """What the interface itself asks for, which then holds for every implementing type.

        Composition gathers the needs of the implementing types on their interface; that sum would
        close what is open in one of them, so it counts only where it is something else.
        """
        written = self._own(interface.name, name)
        implementing = self._schema.get_possible_types(interface)
        gathered = reduce(both, (self._own(o.name, name) for o in implementing), Access())
        return Access() if both(written, Access()) == gathered else written

    def _spread_requirements(
        self, fields: dict[Coordinate, Access], types: Mapping[str, Access]
    ) -> None:
        """Add the needs of @requires inputs until nothing changes: inputs may require in turn."""
        inputs = {place: tuple(self._inputs(*place)) for place in fields}
        changed = True
        while changed:
            changed = False
            for place, sources in inputs.items():
                needs = [fields[s] if isinstance(s, tuple) else types[s] for s in sources]
                total = reduce(both, needs, fields[place])
                if total != fields[place]:
                    fields[place] = total
                    changed = True

    def _inputs(self, type_name: str, field_name: str) -> Iterable[Coordinate | str]:
        """Every field and object type that the field's @requires reads, in any subgraph."""
        type_ = self._supergraph.types.get(type_name)
        found = type_.fields.get(field_name) if type_ else None
        for join in found.joins.values() if found else ():
            if join.requires is not None:
                yield from self._selected(type_name, join.requires.selections)

    def _selected(
        self, type_name: str, selections: Iterable[Selection]
    ) -> Iterable[Coordinate | str]:
        for selection in selections:
            if isinstance(selection, FieldSelection):
                yield from self._selected_field(type_name, selection)
            else:
                yield from self._selected(selection.type_name or type_name, selection.selections)

    def _selected_field(
        self, type_name: str, selection: FieldSelection
    ) -> Iterable[Coordinate | str]:
        for named in self._objects_of(type_name):
            if selection.name not in named.fields:
                continue
            yield named.name, selection.name
            given = given_type(named.fields[selection.name])
            if is_abstract_type(given):
                yield from (o.name for o in self._objects_of(given.name))
            yield from self._selected(given.name, selection.selections)

    def _objects_of(self, type_name: str) -> Iterable[GraphQLObjectType]:
        named = self._schema.type_map.get(type_name)
        if isinstance(named, GraphQLObjectType):
            return (named,)
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return self._schema.get_possible_types(named)
        return ()
