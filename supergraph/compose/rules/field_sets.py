"""What the rules about @key, @requires and @provides share: one look at a field set.

Codes, with the directive's name in front: _INVALID_FIELDS_TYPE, _INVALID_FIELDS,
_DIRECTIVE_IN_FIELDS_ARG.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graphql import parse_value

from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.schema import Applied, Field, TypeDefinition, named_type
from supergraph.compose.subgraph import Subgraph
from supergraph.compose.values import fits
from supergraph.federation.field_set import (
    FieldSelection,
    FieldSet,
    FieldSetInvalid,
    Selection,
    TypeSelection,
    parse_field_set,
)


@dataclass(frozen=True, slots=True)
class FieldSetUse:
    """One application of a directive with a field set.

    Attributes:
        parent: the type that the selections stand on.
        where: coordinate of what the directive is applied to.
    """

    subgraph: Subgraph
    applied: Applied
    parent: str
    where: str

    def error(self, suffix: str, message: str) -> CompositionError:
        """An error whose code begins with the directive's name."""
        code = f"{self.applied.name.upper()}_{suffix}"
        return problem(code, self.subgraph.name, self.where, f"{self}: {message}")

    def __str__(self) -> str:
        """Where it stands, for messages."""
        return f'on "{self.where}", for {self.applied}'


@dataclass(frozen=True, slots=True)
class Selected:
    """One field that a field set selects.

    Attributes:
        above: the selected fields above it, outermost first.
    """

    parent: TypeDefinition
    field: Field
    selection: FieldSelection
    above: tuple[Selected, ...]

    @property
    def coordinate(self) -> tuple[str, str]:
        """Type and field."""
        return self.parent.name, self.field.name

    def __str__(self) -> str:
        """The coordinate as text."""
        return ".".join(self.coordinate)


def read(use: FieldSetUse) -> FieldSet | CompositionError:
    """The field set of an application, or why there is none."""
    text = use.applied.text("fields")
    if text is None:
        return use.error("INVALID_FIELDS_TYPE", "the argument must be a string")
    try:
        found = parse_field_set(text)
    except FieldSetInvalid as error:
        return use.error("INVALID_FIELDS", str(error))
    if not found.selections:
        return use.error("INVALID_FIELDS", "it selects nothing")
    return found


def check_selections(use: FieldSetUse, field_set: FieldSet) -> Iterator[CompositionError]:
    """Every selection that the subgraph's own schema does not allow."""
    yield from _in_selections(use, use.parent, field_set.selections)


def selected_fields(use: FieldSetUse, field_set: FieldSet) -> Iterator[Selected]:
    """Every field that a field set selects and the schema has, outer ones first."""
    yield from _selected(use.subgraph, use.parent, field_set.selections, ())


def _selected(
    subgraph: Subgraph, parent: str, selections: Iterable[Selection], above: tuple[Selected, ...]
) -> Iterator[Selected]:
    for item in selections:
        if isinstance(item, TypeSelection):
            yield from _selected(subgraph, item.type_name or parent, item.selections, above)
            continue
        field = subgraph.field(parent, item.name)
        if field is not None:
            found = Selected(subgraph.types[parent], field, item, above)
            yield found
            below = named_type(field.type)
            yield from _selected(subgraph, below, item.selections, (*above, found))


def _in_selections(
    use: FieldSetUse, parent: str, selections: Iterable[Selection]
) -> Iterator[CompositionError]:
    for item in selections:
        yield from _directives(use, item)
        if isinstance(item, FieldSelection):
            yield from _in_field(use, parent, item)
        elif item.type_name is None or use.subgraph.runtime_types(item.type_name):
            yield from _in_selections(use, item.type_name or parent, item.selections)
        else:
            yield use.error("INVALID_FIELDS", f'unknown type "{item.type_name}"')


def _directives(use: FieldSetUse, item: Selection) -> Iterator[CompositionError]:
    known = {*use.subgraph.directives, *use.subgraph.local_names.values(), "skip", "include"}
    for text in item.directives:
        name = text.removeprefix("@").split("(")[0]
        if name in known:
            yield use.error("DIRECTIVE_IN_FIELDS_ARG", f'it must not apply "@{name}"')
        else:
            yield use.error("INVALID_FIELDS", f'unknown directive "@{name}"')


def _in_field(use: FieldSetUse, parent: str, item: FieldSelection) -> Iterator[CompositionError]:
    if item.alias:
        yield use.error("INVALID_FIELDS", f'an alias such as "{item.alias}" is not allowed')
    if item.name == "__typename":
        return
    field = use.subgraph.field(parent, item.name)
    if field is None:
        text = f'type "{parent}" has no field "{item.name}" here; name it @external if another has'
        yield use.error("INVALID_FIELDS", text)
        return
    yield from _arguments(use, f"{parent}.{item.name}", field, item)
    below = use.subgraph.types.get(named_type(field.type))
    is_composite = below is not None and below.is_composite
    if is_composite != bool(item.selections):
        text = "needs" if is_composite else "cannot have"
        yield use.error("INVALID_FIELDS", f'"{parent}.{item.name}" {text} a selection')
    elif is_composite:
        yield from _in_selections(use, named_type(field.type), item.selections)


def _arguments(
    use: FieldSetUse, where: str, field: Field, item: FieldSelection
) -> Iterator[CompositionError]:
    given = dict(item.arguments)
    for name in given:
        if name not in field.arguments:
            yield use.error("INVALID_FIELDS", f'"{where}" has no argument "{name}"')
    for name, argument in field.arguments.items():
        if name in given:
            yield from _value(use, f"{where}({name}:)", argument.type, given[name])
        # A key must not select a field with arguments at all; its own rule says so.
        elif argument.is_required and use.applied.name == "requires":
            yield use.error("INVALID_FIELDS", f'"{where}" requires the argument "{name}"')


def _value(use: FieldSetUse, where: str, wanted: str, text: str) -> Iterator[CompositionError]:
    if not fits(parse_value(text), wanted, use.subgraph.types):
        yield use.error("INVALID_FIELDS", f"{text} does not fit the type {wanted} of {where}")
