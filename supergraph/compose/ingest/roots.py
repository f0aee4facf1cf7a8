"""Root types: what a schema calls them, and their one name in the supergraph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql.language import (
    DocumentNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
)

from supergraph.compose.diagnostics import CompositionError

DEFAULTS: Mapping[str, str] = {
    "query": "Query",
    "mutation": "Mutation",
    "subscription": "Subscription",
}


def root_names(document: DocumentNode) -> dict[str, str]:
    """`root_names[operation]`: the name of its root type in this schema, whether it exists or not.

    A type with a default name is a root also where a schema definition leaves it out, as other
    composers have it.
    """
    written = {
        root.operation.value: root.type.name.value
        for item in document.definitions
        if isinstance(item, SchemaDefinitionNode | SchemaExtensionNode)
        for root in item.operation_types or ()
    }
    return {**DEFAULTS, **written}


def root_problems(document: DocumentNode, subgraph: str) -> Iterator[CompositionError]:
    """A default root name that is taken by a type that is not that root."""
    types = {
        item.name.value
        for item in document.definitions
        if isinstance(item, TypeDefinitionNode | ObjectTypeExtensionNode)
    }
    for operation, name in root_names(document).items():
        default = DEFAULTS[operation]
        if name != default and default in types:
            text = f'the schema has "{default}", which is not its {operation} type: "{name}" is'
            code = f"ROOT_{operation.upper()}_USED"
            yield CompositionError(code, f"[{subgraph}] {text}", (f"[{subgraph}] {default}",))


def renames(document: DocumentNode) -> dict[str, str]:
    """`renames[name in the schema]`: the root type's name in the supergraph."""
    objects = {
        item.name.value
        for item in document.definitions
        if isinstance(item, ObjectTypeDefinitionNode | ObjectTypeExtensionNode)
    }
    return {
        name: DEFAULTS[operation]
        for operation, name in root_names(document).items()
        if name in objects
    }
