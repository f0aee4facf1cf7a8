"""Cut from an operation what this viewer may not see, so that no subgraph is asked for it.

Where a protected field is asked on an interface, the implementing types decide: the field moves
into one inline fragment per type that allows it, so that the others' objects are still found, and
the executor puts null and an error where it meets one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

from graphql import (
    GraphQLCompositeType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)
from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    SelectionNode,
    SelectionSetNode,
)

from chassis.identity import Viewer
from supergraph.model.operation import Operation
from supergraph.model.supergraph import Access
from supergraph.serve.access import AccessRules, Coordinate, given_type
from supergraph.serve.refusals import OperationTooComplex

Place = TypeVar("Place", Coordinate, str)

UNAUTHENTICATED = "UNAUTHENTICATED"
FORBIDDEN = "FORBIDDEN"
_TYPENAME = FieldNode(name=NameNode(value="__typename"))
# Sets of scopes and policies whose denials are kept: one entry per kind of viewer, not per viewer.
_KEPT = 256
_MOST_FIELDS = 20_000


@dataclass(frozen=True, slots=True)
class Denied:
    """What one kind of viewer may not see, each with the code of the error that stands for it.

    Attributes:
        fields: by object type and field.
        types: by object type.
    """

    fields: Mapping[Coordinate, str] = field(default_factory=dict[Coordinate, str])
    types: Mapping[str, str] = field(default_factory=dict[str, str])

    def __bool__(self) -> bool:
        """Whether anything is denied."""
        return bool(self.fields or self.types)


@dataclass(frozen=True, slots=True)
class Authorized:
    """What may be planned for this viewer.

    Attributes:
        operation: the client's operation without what is denied.
        denied: codes of the denied fields, by object type and field.
        denied_types: codes of the denied object types.
    """

    operation: Operation
    denied: Mapping[Coordinate, str]
    denied_types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Holds:
    """What a kind of viewer has.

    Attributes:
        scopes: `None` for a viewer nobody knows.
    """

    scopes: frozenset[str] | None
    policies: frozenset[str]


class Authorizer:
    """Knows the rules of one supergraph."""

    def __init__(self, api_schema: GraphQLSchema, rules: AccessRules) -> None:
        self._schema = api_schema
        self._rules = rules
        self._denied = lru_cache(_KEPT)(self._find_denied)

    def authorize(
        self,
        operation: Operation,
        viewer: Viewer | None,
        policies: frozenset[str] = frozenset(),
    ) -> Authorized:
        """Cut the operation for one viewer.

        Args:
            operation: valid against the API schema.
            viewer: `None` is a viewer nobody knows.
            policies: those that hold for the viewer.

        Raises:
            OperationTooComplex: interfaces inside interfaces multiply by their types.
        """
        denied = self._denied(_Holds(viewer.scopes if viewer else None, policies))
        if not denied:
            return Authorized(operation, {}, {})
        cut = _Cut(self._schema, denied).operation(operation)
        return Authorized(cut, denied.fields, denied.types)

    def _find_denied(self, holds: _Holds) -> Denied:
        fields = _codes(self._rules.fields, holds)
        types = _codes(self._rules.types, holds)
        for place, members in self._rules.choices.items():
            # Where no object that could stand there may be seen, nobody is asked which it is.
            if all(member in types for member in members):
                fields.setdefault(place, types[members[0]])
        return Denied(fields, types)


def _codes(needs: Mapping[Place, Access], holds: _Holds) -> dict[Place, str]:
    found = ((place, _code(need, holds)) for place, need in needs.items())
    return {place: code for place, code in found if code}


def _code(need: Access, holds: _Holds) -> str | None:
    """Why such a viewer is refused, if so."""
    if holds.scopes is None and (need.authenticated or need.scopes):
        return UNAUTHENTICATED
    if _is_met(need.scopes, holds.scopes or ()) and _is_met(need.policies, holds.policies):
        return None
    # Logging in may help whom nobody knows.
    return UNAUTHENTICATED if holds.scopes is None else FORBIDDEN


def _is_met(alternatives: Iterable[frozenset[str]], held: Iterable[str]) -> bool:
    return not alternatives or any(wanted.issubset(held) for wanted in alternatives)


class _Cut:
    """Cuts one operation; each named fragment once, under its own type condition."""

    def __init__(self, schema: GraphQLSchema, denied: Denied) -> None:
        self._schema = schema
        self._denied = denied
        self._fields = 0

    def operation(self, operation: Operation) -> Operation:
        root = self._schema.get_root_type(operation.kind)
        if root is None:
            return operation
        definition = replace(
            operation.definition,
            selection_set=self._set(operation.definition.selection_set, root),
        )
        fragments = {name: self._fragment(node) for name, node in operation.fragments.items()}
        return Operation(definition, fragments)

    def _fragment(self, node: FragmentDefinitionNode) -> FragmentDefinitionNode:
        named = self._named(node.type_condition.name.value)
        return replace(node, selection_set=self._set(node.selection_set, named))

    def _named(self, name: str) -> GraphQLCompositeType:
        named = self._schema.type_map[name]
        if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType):
            raise TypeError(f"{name} has no fields")
        return named

    def _set(self, node: SelectionSetNode, parent: GraphQLCompositeType) -> SelectionSetNode:
        kept = [part for child in node.selections for part in self._one(child, parent)]
        # What is left empty still tells which object it is, so that its nulls find their places.
        return SelectionSetNode(selections=tuple(kept) or (_TYPENAME,))

    def _one(self, node: SelectionNode, parent: GraphQLCompositeType) -> Iterable[SelectionNode]:
        if isinstance(node, InlineFragmentNode):
            inner = self._named(node.type_condition.name.value) if node.type_condition else parent
            return self._inline_fragment(node, inner)
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        return (node,)

    def _inline_fragment(
        self, node: InlineFragmentNode, inner: GraphQLCompositeType
    ) -> Iterable[SelectionNode]:
        return (replace(node, selection_set=self._set(node.selection_set, inner)),)

    def _field(self, node: FieldNode, parent: GraphQLCompositeType) -> Iterable[SelectionNode]:
        self._fields += 1
        if self._fields > _MOST_FIELDS:
            raise OperationTooComplex
        name = node.name.value
        if name.startswith("__") or isinstance(parent, GraphQLUnionType):
            return (node,)
        objects = self._objects(parent)
        allowed = [o for o in objects if not self._is_denied(o.name, name)]
        if len(allowed) == len(objects):
            return (self._inner(node, parent),)
        return tuple(_on(o, self._inner(node, o)) for o in allowed)

    def _is_denied(self, type_name: str, field_name: str) -> bool:
        return type_name in self._denied.types or (type_name, field_name) in self._denied.fields

    def _inner(
        self, node: FieldNode, parent: GraphQLObjectType | GraphQLInterfaceType
    ) -> FieldNode:
        if node.selection_set is None:
            return node
        given = given_type(parent.fields[node.name.value])
        return replace(node, selection_set=self._set(node.selection_set, self._named(given.name)))

    def _objects(self, parent: GraphQLObjectType | GraphQLInterfaceType) -> list[GraphQLObjectType]:
        if isinstance(parent, GraphQLObjectType):
            return [parent]
        return sorted(self._schema.get_possible_types(parent), key=lambda named: named.name)


def _on(named: GraphQLObjectType, node: FieldNode) -> InlineFragmentNode:
    condition = NamedTypeNode(name=NameNode(value=named.name))
    return InlineFragmentNode(
        type_condition=condition, selection_set=SelectionSetNode(selections=(node,))
    )
