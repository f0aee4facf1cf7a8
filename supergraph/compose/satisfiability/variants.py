"""What progressive overrides can make of a supergraph: each label is on or off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from supergraph.model.supergraph import Supergraph, SupergraphField, SupergraphType


def variants(supergraph: Supergraph) -> Iterator[Supergraph]:
    """The supergraph with all labels on, with all off, and with each one on alone.

    The query graph takes every override for one without a label, so a label that is off is an
    override that is not there.
    """
    labels = _labels(supergraph)
    choices = {frozenset(labels), frozenset[str](), *(frozenset({label}) for label in labels)}
    yield from (_with(supergraph, on) for on in sorted(choices, key=sorted))


def _labels(supergraph: Supergraph) -> list[str]:
    return sorted(
        {
            join.override_label
            for declared in supergraph.types.values()
            for field in declared.fields.values()
            for join in field.joins.values()
            if join.override_label
        }
    )


def _with(supergraph: Supergraph, on: frozenset[str]) -> Supergraph:
    types = {name: _type(declared, on) for name, declared in supergraph.types.items()}
    return replace(supergraph, types=types)


def _type(declared: SupergraphType, on: frozenset[str]) -> SupergraphType:
    fields = {name: _field(field, on) for name, field in declared.fields.items()}
    return replace(declared, fields=fields)


def _field(field: SupergraphField, on: frozenset[str]) -> SupergraphField:
    kept = {
        graph: join
        for graph, join in field.joins.items()
        if join.override is None or join.override_label is None or join.override_label in on
    }
    return replace(field, joins=kept)
