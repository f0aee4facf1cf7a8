"""@provides names external fields of the object that a field answers with.

Codes: PROVIDES_INVALID_FIELDS_TYPE, PROVIDES_INVALID_FIELDS, PROVIDES_DIRECTIVE_IN_FIELDS_ARG,
PROVIDES_FIELDS_HAS_ARGS, PROVIDES_FIELDS_MISSING_EXTERNAL, PROVIDES_ON_NON_OBJECT_FIELD,
PROVIDES_UNSUPPORTED_ON_INTERFACE.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/directives#provides
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.rules.external_fields import missing_external
from supergraph.compose.rules.field_sets import (
    FieldSetUse,
    check_selections,
    read,
    selected_fields,
)
from supergraph.compose.schema import Field, TypeDefinition, named_type
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind


def provides_fields(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Judge every @provides of a subgraph."""
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            for applied in field.applied("provides"):
                where = f"{definition.name}.{field.name}"
                use = FieldSetUse(subgraph, applied, named_type(field.type), where)
                yield from _provides(use, definition, field)


def _provides(
    use: FieldSetUse, definition: TypeDefinition, field: Field
) -> Iterator[CompositionError]:
    parent = use.subgraph.types.get(use.parent)
    if parent is None or not parent.is_composite:
        text = f'the field answers with "{field.type}", which has no fields'
        yield use.error("ON_NON_OBJECT_FIELD", text)
        return
    if definition.kind is Kind.INTERFACE:
        yield use.error("UNSUPPORTED_ON_INTERFACE", "not on a field of an interface")
    field_set = read(use)
    if isinstance(field_set, CompositionError):
        yield field_set
        return
    yield from check_selections(use, field_set)
    for selected in selected_fields(use, field_set):
        if selected.field.arguments:
            yield use.error("FIELDS_HAS_ARGS", f'"{selected}" has arguments')
    # Federation 1 lets a field provide what is not external; reading it has left that out.
    if not use.subgraph.is_federation_1:
        yield from missing_external(use, field_set)
