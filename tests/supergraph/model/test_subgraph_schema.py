"""A subgraph's schema rebuilt from the supergraph is the one its own SDL describes."""

from __future__ import annotations

import re

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, parse, print_ast
from graphql.language import FieldDefinitionNode, TypeDefinitionNode, TypeExtensionNode, TypeNode

from supergraph.model.read_sdl import read_supergraph
from supergraph.model.subgraph_schema import subgraph_schema
from tests.shared import shared

SUITES = shared("audit", "suites")


def own_fields(sdl: str) -> dict[str, dict[str, str]]:
    """`[type][field]` → the field's type as text; of objects and interfaces."""
    found: dict[str, dict[str, str]] = {}
    for node in parse(sdl).definitions:
        if isinstance(node, TypeDefinitionNode | TypeExtensionNode):
            fields = found.setdefault(node.name.value, {})
            for child in getattr(node, "fields", None) or ():
                if isinstance(child, FieldDefinitionNode):
                    fields[child.name.value] = _text(child.type)
    return {name: fields for name, fields in found.items() if fields}


def _text(node: TypeNode) -> str:
    return print_ast(node)


def rebuilt_fields(schema: GraphQLSchema) -> dict[str, dict[str, str]]:
    return {
        name: {field: str(declared.type) for field, declared in found.fields.items()}
        for name, found in schema.type_map.items()
        if isinstance(found, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("_")
    }


@pytest.mark.parametrize("suite", sorted(path.name for path in SUITES.iterdir()))
def test_rebuilt_fields_are_the_subgraphs_own(suite: str) -> None:
    supergraph = read_supergraph((SUITES / suite / "supergraph.graphql").read_text())
    for graph in supergraph.graphs.values():
        path = SUITES / suite / "subgraphs" / f"{graph.name}.graphql"
        own = own_fields(path.read_text())
        for name, fields in rebuilt_fields(subgraph_schema(supergraph, graph.id)).items():
            for field, type_text in fields.items():
                if field.startswith("_"):
                    continue
                assert type_text == own[name][field], f"{suite} {graph.name} {name}.{field}"


def test_entities_are_the_types_with_a_resolvable_key() -> None:
    sdl = (SUITES / "non-resolvable-interface-object" / "supergraph.graphql").read_text()
    schema = subgraph_schema(read_supergraph(sdl), "B")
    members = re.findall(r"\w+", str(getattr(schema.type_map["_Entity"], "types", ())))
    assert "Bread" in members
    assert "Node" not in members
