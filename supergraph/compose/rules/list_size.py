"""@listSize says how long a list can get, in words that fit the field.

Codes: LIST_SIZE_APPLIED_TO_NON_LIST, LIST_SIZE_INVALID_ASSUMED_SIZE,
LIST_SIZE_INVALID_SLICING_ARGUMENT, LIST_SIZE_INVALID_SIZED_FIELD.

See https://ibm.github.io/graphql-specs/cost-spec.html
"""

from __future__ import annotations

from collections.abc import Iterator

from graphql.language import IntValueNode, ListValueNode, StringValueNode

from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.schema import Applied, Field, is_list, named_type, nullable
from supergraph.compose.subgraph import Subgraph


def list_size(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Judge every @listSize of a subgraph."""
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            for applied in field.applied("listSize"):
                where = f"{definition.name}.{field.name}"
                yield from _field(subgraph, field, applied, where)


def _field(
    subgraph: Subgraph, field: Field, applied: Applied, where: str
) -> Iterator[CompositionError]:
    sized = _strings(applied, "sizedFields")
    if sized is None and not is_list(nullable(field.type)):
        text = f'"{where}" is no list, and no sizedFields say where its lists are'
        yield problem("LIST_SIZE_APPLIED_TO_NON_LIST", subgraph.name, where, text)
    size = applied.arguments.get("assumedSize")
    if isinstance(size, IntValueNode) and int(size.value) < 0:
        text = f'the assumed size of "{where}" is negative'
        yield problem("LIST_SIZE_INVALID_ASSUMED_SIZE", subgraph.name, where, text)
    yield from _slicing_arguments(subgraph, field, applied, where)
    yield from _sized_fields(subgraph, field, sized or [], where)


def _slicing_arguments(
    subgraph: Subgraph, field: Field, applied: Applied, where: str
) -> Iterator[CompositionError]:
    for name in _strings(applied, "slicingArguments") or []:
        argument = field.arguments.get(name)
        if argument is None:
            text = f'"{where}" has no argument "{name}" to slice by'
            yield problem("LIST_SIZE_INVALID_SLICING_ARGUMENT", subgraph.name, where, text)
        elif nullable(argument.type) != "Int":
            text = f'"{where}({name}:)" slices, so it must be Int, not {argument.type}'
            yield problem("LIST_SIZE_INVALID_SLICING_ARGUMENT", subgraph.name, where, text)


def _sized_fields(
    subgraph: Subgraph, field: Field, sized: list[str], where: str
) -> Iterator[CompositionError]:
    parent = subgraph.types.get(named_type(field.type))
    for name in sized:
        found = parent.fields.get(name) if parent and not is_list(field.type) else None
        if found is None:
            text = f'"{where}" has no sized field "{name}": "{field.type}" has no such field'
            yield problem("LIST_SIZE_INVALID_SIZED_FIELD", subgraph.name, where, text)
        elif not is_list(nullable(found.type)):
            text = f'the sized field "{name}" of "{where}" is no list'
            yield problem("LIST_SIZE_APPLIED_TO_NON_LIST", subgraph.name, where, text)


def _strings(applied: Applied, argument: str) -> list[str] | None:
    value = applied.arguments.get(argument)
    if isinstance(value, StringValueNode):
        return [value.value]
    if not isinstance(value, ListValueNode):
        return None
    return [item.value for item in value.values if isinstance(item, StringValueNode)]
