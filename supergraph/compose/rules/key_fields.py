"""A key names fields of its type that identify an object, and nothing else.

Codes: KEY_INVALID_FIELDS_TYPE, KEY_INVALID_FIELDS, KEY_DIRECTIVE_IN_FIELDS_ARG,
KEY_FIELDS_HAS_ARGS, KEY_FIELDS_SELECT_INVALID_TYPE, KEY_UNSUPPORTED_ON_INTERFACE.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/directives#key
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.rules.field_sets import (
    FieldSetUse,
    Selected,
    check_selections,
    read,
    selected_fields,
)
from supergraph.compose.schema import named_type
from supergraph.compose.subgraph import Subgraph
from supergraph.federation.version import Version
from supergraph.model.supergraph import Kind

# The version that gave interfaces keys, for @interfaceObject.
INTERFACE_KEYS = Version(2, 3)


def key_fields(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Judge every key of a subgraph."""
    for definition in subgraph.types.values():
        for applied in definition.applied("key"):
            use = FieldSetUse(subgraph, applied, definition.name, definition.name)
            if definition.kind is Kind.INTERFACE and subgraph.version < INTERFACE_KEYS:
                text = f"interfaces can have keys from {INTERFACE_KEYS} on"
                yield use.error("UNSUPPORTED_ON_INTERFACE", text)
            yield from _key(use)


def _key(use: FieldSetUse) -> Iterator[CompositionError]:
    field_set = read(use)
    if isinstance(field_set, CompositionError):
        yield field_set
        return
    yield from check_selections(use, field_set)
    for selected in selected_fields(use, field_set):
        yield from _selected(use, selected)


def _selected(use: FieldSetUse, selected: Selected) -> Iterator[CompositionError]:
    if selected.field.arguments:
        yield use.error("FIELDS_HAS_ARGS", f'"{selected}" has arguments, which a key cannot give')
    below = use.subgraph.types.get(named_type(selected.field.type))
    if below is not None and below.kind in {Kind.INTERFACE, Kind.UNION}:
        text = f'"{selected}" is {below.kind.value.lower()}, which a key cannot select'
        yield use.error("FIELDS_SELECT_INVALID_TYPE", text)
