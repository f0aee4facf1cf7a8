"""Read a schema of federation 1 in the words of federation 2.

Federation 1 says with `extend type` and @external on keys what federation 2 needs no word for, and
lets several subgraphs resolve a field without @shareable (`Subgraph.is_shareable` knows).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from supergraph.compose.field_use import Usage, field_set_of, named_fields, read_usage
from supergraph.compose.schema import Applied, Field, TypeDefinition, named_type
from supergraph.model.supergraph import Kind

Types = Mapping[str, TypeDefinition]


def upgrade(types: Types) -> dict[str, TypeDefinition]:
    """The types with what federation 1 tolerated taken out."""
    usage = read_usage(types)
    types = {name: _type(definition, usage) for name, definition in types.items()}
    types = {name: _needed(definition, types) for name, definition in types.items()}
    usage = read_usage(types)
    return {name: _without_unused(definition, usage) for name, definition in types.items()}


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
    named = list(named_fields(types, parent, field_set_of(directive)))
    # A field set that names nothing is for the rules to judge.
    return not named or any(types[owner].fields[name].has("external") for owner, name in named)


def _without_unused(definition: TypeDefinition, usage: Usage) -> TypeDefinition:
    kept = {
        name: field
        for name, field in definition.fields.items()
        if not field.has("external") or usage.has((definition.name, name))
    }
    return replace(definition, fields=kept)


def _without(directives: tuple[Applied, ...], names: set[str]) -> tuple[Applied, ...]:
    return tuple(directive for directive in directives if directive.name not in names)
