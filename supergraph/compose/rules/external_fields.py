"""What @provides and @requires name must be @external: else the subgraph has it anyway.

Codes: PROVIDES_FIELDS_MISSING_EXTERNAL, REQUIRES_FIELDS_MISSING_EXTERNAL.
"""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.rules.field_sets import FieldSetUse, Selected, selected_fields
from supergraph.compose.subgraph import Subgraph
from supergraph.federation.field_set import FieldSet
from supergraph.model.supergraph import Kind


def missing_external(use: FieldSetUse, field_set: FieldSet) -> Iterator[CompositionError]:
    """Leaves of a field set of which neither they nor anything above them is external."""
    for selected in selected_fields(use, field_set):
        is_leaf = not selected.selection.selections
        if is_leaf and not _is_external(use.subgraph, selected):
            text = f'"{selected}" is not @external: this subgraph has it anyway'
            yield use.error("FIELDS_MISSING_EXTERNAL", text)


def _is_external(subgraph: Subgraph, selected: Selected) -> bool:
    return any(_is_marked(subgraph, item) for item in (*selected.above, selected))


def _is_marked(subgraph: Subgraph, selected: Selected) -> bool:
    """Of an interface's field, whether any implementation has it external."""
    if subgraph.is_external(*selected.coordinate):
        return True
    return selected.parent.kind is Kind.INTERFACE and any(
        subgraph.is_external(name, selected.field.name)
        for name in subgraph.runtime_types(selected.parent.name)
    )
