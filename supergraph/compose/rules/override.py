"""@override takes a field from one other subgraph that has it plainly.

Codes: OVERRIDE_FROM_SELF_ERROR, OVERRIDE_SOURCE_HAS_OVERRIDE, OVERRIDE_LABEL_INVALID,
OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE, OVERRIDE_ON_INTERFACE.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/directives#override
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.field_sources import FieldSource, each_field
from supergraph.compose.schema import Applied
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind

# Directives that say how the field is resolved, which an override would take away.
COLLIDING = ("provides", "requires")
_LABEL = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-:./]*")
_PERCENT = re.compile(r"percent\((\d{1,2}(\.\d{1,8})?|100)\)")


def override(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """Judge every @override."""
    for type_name, field_name, sources in each_field(subgraphs, Kind.OBJECT, Kind.INTERFACE):
        for source in sources:
            for applied in source.value.applied("override"):
                where = f"{type_name}.{field_name}"
                yield from _override(source, applied, sources, where)


def _override(
    source: FieldSource, applied: Applied, sources: Sequence[FieldSource], where: str
) -> Iterator[CompositionError]:
    name = source.subgraph.name
    if source.parent.kind is Kind.INTERFACE:
        text = f'"{where}" is a field of an interface, which cannot be overridden'
        yield problem("OVERRIDE_ON_INTERFACE", name, where, text)
        return
    yield from _label(name, applied, where)
    loser = applied.text("from")
    if loser == name:
        text = f'"{where}" cannot be overridden from its own subgraph'
        yield problem("OVERRIDE_FROM_SELF_ERROR", name, where, text)
        return
    for other in sources:
        if other.subgraph.name == loser:
            yield from _loser(source, other, where)
    yield from _collision(source, source, where, ("external",))


def _label(name: str, applied: Applied, where: str) -> Iterator[CompositionError]:
    label = applied.text("label")
    if label is None or _LABEL.fullmatch(label) or _PERCENT.fullmatch(label):
        return
    text = (
        f'the label "{label}" of "{where}" is neither percent(0 to 100) nor a letter followed by'
        " letters, digits and _ - : . /"
    )
    yield problem("OVERRIDE_LABEL_INVALID", name, where, text)


def _loser(source: FieldSource, loser: FieldSource, where: str) -> Iterator[CompositionError]:
    if loser.value.has("override"):
        text = f'"{where}" is itself overridden in {loser.subgraph.name}, which it is taken from'
        yield problem("OVERRIDE_SOURCE_HAS_OVERRIDE", source.subgraph.name, where, text)
        return
    yield from _collision(source, loser, where, COLLIDING)


def _collision(
    source: FieldSource, other: FieldSource, where: str, names: Sequence[str]
) -> Iterator[CompositionError]:
    for name in names:
        if other.value.has(name):
            text = f'"{where}" cannot be overridden: it has @{name} in {other.subgraph.name}'
            code = "OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE"
            yield problem(code, source.subgraph.name, where, text)
            return
