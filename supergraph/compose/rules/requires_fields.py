"""@requires names external fields of its own type that the router must send along.

Codes: REQUIRES_INVALID_FIELDS_TYPE, REQUIRES_INVALID_FIELDS, REQUIRES_DIRECTIVE_IN_FIELDS_ARG,
REQUIRES_FIELDS_MISSING_EXTERNAL, REQUIRES_UNSUPPORTED_ON_INTERFACE.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/directives#requires
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.rules.external_fields import missing_external
from supergraph.compose.rules.field_sets import FieldSetUse, check_selections, read
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind


def requires_fields(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Judge every @requires of a subgraph."""
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            for applied in field.applied("requires"):
                where = f"{definition.name}.{field.name}"
                use = FieldSetUse(subgraph, applied, definition.name, where)
                if definition.kind is Kind.INTERFACE:
                    yield use.error("UNSUPPORTED_ON_INTERFACE", "not on a field of an interface")
                yield from _requires(use)


def _requires(use: FieldSetUse) -> Iterator[CompositionError]:
    field_set = read(use)
    if isinstance(field_set, CompositionError):
        yield field_set
        return
    yield from check_selections(use, field_set)
    yield from missing_external(use, field_set)
