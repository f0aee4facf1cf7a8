"""Whether a subgraph's schema is GraphQL at all, by graphql-core's own rules.

The rules run on the schema with the definitions of its linked directives put in; types that it
only extends stand in as definitions, since another subgraph has those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from graphql import GraphQLError, build_ast_schema, parse, print_ast, validate_schema
from graphql.language import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    ScalarTypeDefinitionNode,
    ScalarTypeExtensionNode,
    SchemaExtensionNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    TypeSystemDefinitionNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
)
from graphql.validation.validate import validate_sdl

from supergraph.compose.ingest.names import Names
from supergraph.compose.ingest.read_types import TypeReader
from supergraph.compose.ingest.values import value_problems
from supergraph.compose.schema import named_type

_DEFINED_BY: Mapping[type[TypeExtensionNode], type[TypeDefinitionNode]] = {
    ScalarTypeExtensionNode: ScalarTypeDefinitionNode,
    ObjectTypeExtensionNode: ObjectTypeDefinitionNode,
    InterfaceTypeExtensionNode: InterfaceTypeDefinitionNode,
    UnionTypeExtensionNode: UnionTypeDefinitionNode,
    EnumTypeExtensionNode: EnumTypeDefinitionNode,
    InputObjectTypeExtensionNode: InputObjectTypeDefinitionNode,
}
_SCHEMA_NODES = (TypeSystemDefinitionNode, SchemaExtensionNode)
_TYPE_NODES = (TypeDefinitionNode, TypeExtensionNode)
# Every server adds this, so that fields may answer with Query where the schema has no query.
_QUERY = "type Query { _service: String }\n"
_BUILT_IN = ("String", "Int", "Boolean", "Float", "ID")
# A subgraph need not have queries; composition asks that of all of them together.
_ALLOWED = ("Query root type must be provided.",)


def graphql_problems(document: DocumentNode, names: Names) -> Iterator[str]:
    """Messages of every rule that the schema breaks; none means that it is valid GraphQL."""
    if not all(isinstance(d, _SCHEMA_NODES) for d in document.definitions):
        yield "only definitions and extensions of a schema are allowed"
        return
    whole = DocumentNode(definitions=(*_extended(document), *_definitions_of(names, document)))
    broken = validate_sdl(whole)
    yield from (error.message for error in broken)
    if broken:
        return
    found = list(_schema_problems(whole))
    yield from found
    if not found:
        yield from value_problems(document, whole, TypeReader(names, {}).read(whole))


def _schema_problems(whole: DocumentNode) -> Iterator[str]:
    try:
        schema = build_ast_schema(whole, assume_valid_sdl=True)
    except (GraphQLError, TypeError) as error:
        yield str(error)
        return
    for error in validate_schema(schema):
        if error.message not in _ALLOWED:
            yield error.message


def _extended(document: DocumentNode) -> Iterator[DefinitionNode]:
    defined = {d.name.value for d in document.definitions if isinstance(d, TypeDefinitionNode)}
    for definition in document.definitions:
        if isinstance(definition, TypeExtensionNode) and definition.name.value not in defined:
            defined.add(definition.name.value)
            yield _as_definition(definition)
        else:
            yield definition


def _as_definition(extension: TypeExtensionNode) -> TypeDefinitionNode:
    parts = {key: getattr(extension, key) for key in extension.keys if key != "loc"}
    return _DEFINED_BY[type(extension)](**parts)


def _definitions_of(names: Names, document: DocumentNode) -> Iterator[DefinitionNode]:
    """Definitions of the linked directives under their local names, and of their scalars."""
    text = f"directive @{names.link}({_LINK_ARGUMENTS}) repeatable on SCHEMA\n"
    scalars: set[str] = {"Import"}
    for name, directive in names.directives.items():
        text += _definition(name, directive.definition, scalars)
    text += "".join(f"scalar {_scalar(name)}\n" for name in sorted(scalars))
    if not any(
        isinstance(d, _TYPE_NODES) and d.name.value == "Query" for d in document.definitions
    ):
        text += _QUERY
    text += "".join(_type(name, kind) for name, kind in {**names.types, **_PURPOSE}.items())
    yield from parse(text, no_location=True).definitions


def _definition(name: str, node: DirectiveDefinitionNode, scalars: set[str]) -> str:
    printed = print_ast(node).replace(f"@{node.name.value}", f"@{name}", 1)
    for argument in node.arguments or ():
        type_name = named_type(print_ast(argument.type))
        if type_name not in _BUILT_IN:
            scalars.add(type_name)
            printed = re.sub(rf"\b{type_name}\b", _scalar(type_name), printed)
    return printed + "\n"


def _type(name: str, kind: str) -> str:
    """A type that belongs to a specification, which the schema may use but need not define."""
    return f"scalar {name}\n" if kind == "scalar" else f"enum {name} {{ SECURITY EXECUTION }}\n"


def _scalar(name: str) -> str:
    """A name that no schema has, for the scalar of a specification."""
    return f"specification__{name}"


_PURPOSE = {"specification__Purpose": "enum"}
_LINK_ARGUMENTS = (
    "url: String!, as: String, for: specification__Purpose, import: [specification__Import]"
)
