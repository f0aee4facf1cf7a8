"""What hangs on another service is nullable (docs/adr/0010)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import parse
from graphql.language import (
    FieldDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeNode,
)

SUBGRAPHS = Path(__file__).resolve().parents[2] / "schema" / "subgraphs"
SERVICES = sorted(path.stem for path in SUBGRAPHS.glob("*.graphql"))
# Who answers for an entity as a whole; each service adds its own part to Viewer.
OWNERS = {"User": "users", "Tweet": "tweets", "Viewer": None}


def object_types(subgraph: str) -> Iterator[ObjectTypeDefinitionNode]:
    document = parse((SUBGRAPHS / f"{subgraph}.graphql").read_text())
    for definition in document.definitions:
        if isinstance(definition, ObjectTypeDefinitionNode):
            yield definition


def is_external(field: FieldDefinitionNode) -> bool:
    return any(directive.name.value == "external" for directive in field.directives or ())


def references(type_: TypeNode) -> Iterator[tuple[str, bool]]:
    """The named type, and whether it is non-null where it stands."""
    non_null = isinstance(type_, NonNullTypeNode)
    inner = type_.type if isinstance(type_, NonNullTypeNode) else type_
    if isinstance(inner, ListTypeNode):
        yield from references(inner.type)
    elif isinstance(inner, NamedTypeNode):
        yield inner.name.value, non_null


def test_every_entity_has_its_owner_here():
    keyed = {
        type_.name.value
        for subgraph in SERVICES
        for type_ in object_types(subgraph)
        if any(directive.name.value == "key" for directive in type_.directives or ())
    }
    assert keyed == set(OWNERS)


@pytest.mark.parametrize("subgraph", SERVICES)
def test_fields_of_query_are_nullable(subgraph: str):
    query = next(t for t in object_types(subgraph) if t.name.value == "Query")
    machinery = {"_entities", "_service"}
    found = [f.name.value for f in query.fields or () if isinstance(f.type, NonNullTypeNode)]
    assert set(found) <= machinery


@pytest.mark.parametrize("subgraph", SERVICES)
def test_fields_added_to_an_entity_of_others_are_nullable(subgraph: str):
    found = [
        f"{type_.name.value}.{field.name.value}"
        for type_ in object_types(subgraph)
        if OWNERS.get(type_.name.value, subgraph) != subgraph
        for field in type_.fields or ()
        if field.name.value != "id"
        and not is_external(field)
        and isinstance(field.type, NonNullTypeNode)
    ]
    assert found == []


@pytest.mark.parametrize("subgraph", SERVICES)
def test_references_to_an_entity_of_others_are_nullable(subgraph: str):
    found = [
        f"{type_.name.value}.{field.name.value}"
        for type_ in object_types(subgraph)
        for field in type_.fields or ()
        for named, non_null in references(field.type)
        if non_null and named in OWNERS and OWNERS[named] != subgraph
    ]
    assert found == []
