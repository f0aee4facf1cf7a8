"""Leave out what says nothing: the machinery that every subgraph has and every link brings.

Servers such as Strawberry print `_entities`, `_service` and their types in the SDL; others print
the definitions of @link and of federation's directives.
"""

from __future__ import annotations

from dataclasses import replace

from graphql.language import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    TypeDefinitionNode,
)

from supergraph.compose.ingest.names import Names

ROOT_FIELDS = frozenset({"_entities", "_service"})
TYPES = frozenset({"_Any", "_Entity", "_Service"})


def drop_machinery(document: DocumentNode, names: Names, query: str) -> DocumentNode:
    """The document without machinery; `query` names its query type."""
    kept = (_without_root_fields(d, query) for d in document.definitions if not _is_own(d, names))
    return DocumentNode(definitions=tuple(definition for definition in kept if definition))


def _is_own(definition: DefinitionNode, names: Names) -> bool:
    if isinstance(definition, DirectiveDefinitionNode):
        return definition.name.value in {*names.directives, names.link}
    if isinstance(definition, TypeDefinitionNode):
        name = definition.name.value
        return name in TYPES or name in names.types
    return False


def _without_root_fields(definition: DefinitionNode, query: str) -> DefinitionNode | None:
    """A query type that has nothing but machinery is no query type."""
    if not isinstance(definition, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
        return definition
    if definition.name.value != query:
        return definition
    fields = tuple(f for f in definition.fields or () if f.name.value not in ROOT_FIELDS)
    if not fields and not definition.directives:
        return None
    return replace(definition, fields=fields)
