"""A field that several subgraphs resolve is @shareable in all of them; no stream ever is.

Code: INVALID_FIELD_SHARING.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/sharing-types
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.field_sources import FieldSource, each_field
from supergraph.compose.overrides import overriders
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind


def field_sharing(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """Judge every field of an object type."""
    for type_name, field_name, sources in each_field(subgraphs, Kind.OBJECT):
        if type_name == "Subscription":
            yield from _shared_stream(field_name, sources)
        resolving = [s for s in _resolving(sources) if s.subgraph.resolves(type_name, field_name)]
        alone = [s for s in resolving if not s.subgraph.is_shareable(type_name, field_name)]
        if alone and len(resolving) > 1:
            where = f"{type_name}.{field_name}"
            text = (
                f'"{where}" is resolved by {_names(resolving)},'
                f" but not marked @shareable in {_names(alone)}"
            )
            nodes = tuple(s.subgraph.where(where) for s in alone)
            yield CompositionError("INVALID_FIELD_SHARING", text, nodes)


def _shared_stream(field_name: str, sources: Sequence[FieldSource]) -> Iterator[CompositionError]:
    # Two subgraphs would have to send the same frames: nobody could tell which one to hear.
    shared = [source for source in sources if source.value.has("shareable")]
    if shared:
        where = f"Subscription.{field_name}"
        text = f'"{where}" is a field of the subscription type and cannot be @shareable'
        nodes = tuple(source.subgraph.where(where) for source in shared)
        yield CompositionError("INVALID_FIELD_SHARING", text, nodes)


def _resolving(sources: Sequence[FieldSource]) -> list[FieldSource]:
    """Those that another subgraph does not take the field from, with a label or without."""
    taken = overriders(sources)
    return [source for source in sources if source.subgraph.name not in taken]


def _names(sources: Sequence[FieldSource]) -> str:
    return ", ".join(source.subgraph.name for source in sources)
