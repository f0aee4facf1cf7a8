"""Changes of the API schema, as graphql-core finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLSchema,
    is_required_argument,
    is_required_input_field,
)
from graphql.utilities import resolve_schema_coordinate
from graphql.utilities.find_schema_changes import (
    BreakingChangeType,
    DangerousChangeType,
    SchemaChange,
    find_schema_changes,
)


class Severity(Enum):
    """How much it matters to a client that was written for the old schema."""

    BREAKING = "breaking"
    DANGEROUS = "dangerous"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        kind: for example FIELD_REMOVED.
        coordinates: what changed, as schema coordinates: `Query.user(id:)`; first what has it,
            then what was added to it or taken from it where that is a type of its own.
        message: one sentence.
    """

    kind: str
    severity: Severity
    coordinates: tuple[str, ...]
    message: str


_COORDINATE = r"@?\w+(?:\.\w+)?(?:\(\w+:\))?"
# What a sentence about a field, an argument or a value begins with. The coordinate after it has a
# dot, a parenthesis or an `@`: a type may be called `Field`, too.
_LEAD = re.compile(
    r"^(?:Field|Argument|Enum value|(?:A required|An optional) (?:field|argument)|Directive"
    rf"|Repeatable flag was removed from|Standard scalar) (?={_COORDINATE})(?=\S*[.(@]|\w+ was)"
)
_TWO = (
    re.compile(
        rf"^(?P<part>{_COORDINATE}) was (?:added to|removed from) union type (?P<whole>\w+)"
    ),
    re.compile(r"^(?P<whole>\w+) no longer implements interface (?P<part>\w+)"),
    re.compile(r"^(?P<part>\w+) added to interfaces implemented by (?P<whole>\w+)"),
    re.compile(r"^(?P<part>\w+) was removed from (?P<whole>@\w+)\.$"),
)


def schema_changes(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    """Every breaking and dangerous change between two API schemas."""
    for found in find_schema_changes(old, new):
        if isinstance(found.type, BreakingChangeType | DangerousChangeType):
            coordinates = _coordinates(found)
            is_breaking = isinstance(found.type, BreakingChangeType) or _is_required_now(
                coordinates[0], new
            )
            severity = Severity.BREAKING if is_breaking else Severity.DANGEROUS
            yield Change(found.type.name, severity, coordinates, found.description)


def _coordinates(found: SchemaChange) -> tuple[str, ...]:
    text = found.description
    for pattern in _TWO:
        match = pattern.match(text)
        if match:
            return match["whole"], match["part"]
    match = re.match(_COORDINATE, _LEAD.sub("", text))
    return (match[0],) if match else ()


def _is_required_now(coordinate: str, new: GraphQLSchema) -> bool:
    """Whether an argument or input field must be given: then its default has gone, or it is new."""
    found = resolve_schema_coordinate(new, coordinate)
    value = getattr(found, "field_argument", None) or getattr(found, "directive_argument", None)
    if isinstance(value, GraphQLArgument):
        return is_required_argument(value)
    value = getattr(found, "input_field", None)
    return isinstance(value, GraphQLInputField) and is_required_input_field(value)
