"""The API schema: what clients see of a supergraph."""

from __future__ import annotations

from graphql import GraphQLSchema, build_ast_schema, parse
from graphql.language import (
    REMOVE,
    DefinitionNode,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    NamedTypeNode,
    Node,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    visit,
)

from supergraph.model.features import Features, read_features
from supergraph.model.machinery import without_machinery
from supergraph.model.supergraph import Supergraph

_CLIENT_DIRECTIVES = {"deprecated", "specifiedBy", "oneOf"}
_EXECUTABLE = {
    "QUERY",
    "MUTATION",
    "SUBSCRIPTION",
    "FIELD",
    "FRAGMENT_DEFINITION",
    "FRAGMENT_SPREAD",
    "INLINE_FRAGMENT",
    "VARIABLE_DEFINITION",
}


def api_schema(supergraph: Supergraph) -> GraphQLSchema:
    """The schema that client operations are validated and introspected against.

    Nothing inaccessible is in it (types, fields, arguments, input fields, enum values, and the
    names of inaccessible interfaces and union members), no directive application but those of
    GraphQL itself, and no directive definition but those that operations may use.
    """
    document = parse(supergraph.sdl, no_location=True)
    features = read_features(document)
    marker = features.directive("inaccessible")
    visible = without_machinery(document, features)
    if marker is not None:
        visible = visit(visible, _DropInaccessible(visible, marker))
    kept = (d for d in visible.definitions if _is_for_clients(d, features))
    visible = DocumentNode(definitions=tuple(kept))
    return build_ast_schema(visit(visible, _DropApplications()), assume_valid_sdl=True)


def _is_for_clients(definition: DefinitionNode, features: Features) -> bool:
    if not isinstance(definition, DirectiveDefinitionNode):
        return True
    if features.is_composed(definition.name.value):
        return False
    return any(location.value in _EXECUTABLE for location in definition.locations)


def _has(node: Node, directive: str) -> bool:
    found: tuple[DirectiveNode, ...] = tuple(getattr(node, "directives", None) or ())
    return any(d.name.value == directive for d in found)


class _DropInaccessible(Visitor):
    """Drops every definition that is marked, and the names of marked types where types stand.

    A field of a marked type is marked itself, or composition refuses it
    (REFERENCED_INACCESSIBLE); so a name dropped here stands in `implements` or in a union.
    """

    def __init__(self, document: DocumentNode, marker: str) -> None:
        super().__init__()
        self._marker = marker
        self._types = {
            d.name.value
            for d in document.definitions
            if isinstance(d, TypeDefinitionNode) and _has(d, marker)
        }

    def enter(self, node: Node, *_args: object) -> VisitorAction:
        """Drop marked nodes and names of marked types."""
        if _has(node, self._marker):
            return REMOVE
        is_marked = isinstance(node, NamedTypeNode) and node.name.value in self._types
        return REMOVE if is_marked else None


class _DropApplications(Visitor):
    def enter_directive(self, node: DirectiveNode, *_args: object) -> VisitorAction:
        """Drop what clients cannot see by introspection."""
        return None if node.name.value in _CLIENT_DIRECTIVES else REMOVE
