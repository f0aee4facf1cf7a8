"""Read a schema of federation 1 in the words of federation 2.

Federation 1 says with `extend type` and @external on keys what federation 2 needs no word for, and
lets several subgraphs resolve a field without @shareable (`Subgraph.is_shareable` knows).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from graphql.language import ListValueNode, StringValueNode

from supergraph.compose.field_use import Usage, field_set_of, named_fields, read_usage, stops_early
from supergraph.compose.schema import Applied, Field, TypeDefinition, named_type
from supergraph.model.supergraph import Kind

Types = Mapping[str, TypeDefinition]


def upgrade(types: Types) -> dict[str, TypeDefinition]:
    """The types with what federation 1 tolerated taken out."""
    types = {name: _with_field_sets(definition) for name, definition in types.items()}
    usage = read_usage(types)
    types = {name: _type(definition, usage) for name, definition in types.items()}
    types = {name: _needed(definition, types) for name, definition in types.items()}
    usage = read_usage(types)
    return {name: _without_unused(definition, usage) for name, definition in types.items()}


def _with_field_sets(definition: TypeDefinition) -> TypeDefinition:
    """Field sets as one string: early servers wrote a list of them."""
    fields = {
        name: replace(field, directives=tuple(_joined(d) for d in field.directives))
        for name, field in definition.fields.items()
    }
    directives = tuple(_joined(directive) for directive in definition.directives)
    return replace(definition, directives=directives, fields=fields)


def _joined(directive: Applied) -> Applied:
    value = directive.arguments.get("fields")
    if not isinstance(value, ListValueNode):
        return directive
    texts = [item.value for item in value.values if isinstance(item, StringValueNode)]
    if len(texts) < len(value.values):
        return directive
    joined = StringValueNode(value=" ".join(texts))
    return replace(directive, arguments={**directive.arguments, "fields": joined})


def _type(definition: TypeDefinition, usage: Usage) -> TypeDefinition:
    is_interface = definition.kind is Kind.INTERFACE
    dropped = {"key", "external"} if is_interface else {"external"}
    fields = {name: _field(field, definition, usage) for name, field in definition.fields.items()}
    return replace(definition, directives=_without(definition.directives, dropped), fields=fields)


def _field(field: Field, definition: TypeDefinition, usage: Usage) -> Field:
    dropped: set[str] = set()
    is_extension = definition.is_extension
    is_key = (definition.name, field.name) in usage.keys
    # A key of an extension is known there: naming it external says only that another owns it.
    if definition.kind is Kind.INTERFACE or (is_extension and is_key):
        dropped.add("external")
    if field.has("external"):
        dropped.add("tag")
    return replace(field, directives=_without(field.directives, dropped))


def _needed(definition: TypeDefinition, types: Types) -> TypeDefinition:
    """Without @provides and @requires of fields that are the subgraph's own anyway."""
    fields = {
        name: replace(
            field,
            directives=tuple(d for d in field.directives if _says(d, field, definition, types)),
        )
        for name, field in definition.fields.items()
    }
    return replace(definition, fields=fields)


def _says(directive: Applied, field: Field, definition: TypeDefinition, types: Types) -> bool:
    if directive.name not in {"provides", "requires"}:
        return True
    parent = named_type(field.type) if directive.name == "provides" else definition.name
    field_set = field_set_of(directive)
    named = list(named_fields(types, parent, field_set))
    # A field set that names nothing, or stops at an object, is for the rules to judge.
    return (
        not named
        or stops_early(types, parent, field_set)
        or any(types[owner].fields[name].has("external") for owner, name in named)
    )


def _without_unused(definition: TypeDefinition, usage: Usage) -> TypeDefinition:
    kept = {
        name: field
        for name, field in definition.fields.items()
        if not field.has("external") or usage.has((definition.name, name))
    }
    return replace(definition, fields=kept)


def _without(directives: tuple[Applied, ...], names: set[str]) -> tuple[Applied, ...]:
    return tuple(directive for directive in directives if directive.name not in names)
