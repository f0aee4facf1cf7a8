"""What a type condition means at a place: which object types it lets through."""

from __future__ import annotations

from functools import lru_cache

from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType, is_abstract_type

from supergraph.model.supergraph import Supergraph

Types = frozenset[str] | None
"""Object types that may pass; `None` for all that the place can hold."""


class TypeConditions:
    """Possible types of the merged schema, without those that clients may not see."""

    def __init__(self, supergraph: Supergraph) -> None:
        self.supergraph = supergraph
        self.possible = lru_cache(maxsize=None)(self._possible)

    def _possible(self, type_name: str) -> frozenset[str]:
        found = self.supergraph.schema.type_map[type_name]
        if isinstance(found, GraphQLInterfaceType | GraphQLUnionType):
            names = {t.name for t in self.supergraph.schema.get_possible_types(found)}
            return frozenset(n for n in names if not self.supergraph.types[n].inaccessible)
        return frozenset({type_name})

    def is_abstract(self, type_name: str) -> bool:
        """Whether it is an interface or a union."""
        return is_abstract_type(self.supergraph.schema.type_map[type_name])

    def narrow(self, place: str, types: Types, condition: str | None) -> Types:
        """The types that pass `types` and a further condition, at a place of a static type.

        A condition that lets everything through stays `None`, so that nothing is expanded
        without need.
        """
        if condition is None or condition == place:
            return types
        allowed = self.possible(condition)
        if types is None and self.possible(place) <= allowed and self._is_above(condition, place):
            return None
        return allowed & (self.possible(place) if types is None else types)

    def _is_above(self, condition: str, place: str) -> bool:
        found = self.supergraph.schema.type_map[place]
        if isinstance(found, GraphQLObjectType):
            return True
        if isinstance(found, GraphQLInterfaceType):
            return any(interface.name == condition for interface in found.interfaces)
        return False

    def field_type(self, type_name: str, field_name: str) -> str | None:
        """The named type of a field in the merged schema; `None` where the type lacks it."""
        found = self.supergraph.schema.type_map[type_name]
        if not isinstance(found, GraphQLObjectType | GraphQLInterfaceType):
            return None
        declared = found.fields.get(field_name)
        return str(declared.type).strip("[]!") if declared else None
