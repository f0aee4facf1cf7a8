"""Which changes concern an operation; where that cannot be told, a change does."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from supergraph.check.changes import Change
from supergraph.check.uses import Uses

Hits = Callable[[Change, Uses], bool]


def is_hit(change: Change, uses: Uses) -> bool:
    """Whether an operation may fail, or may be answered in a way that it does not expect."""
    return _HITS[change.kind](change, uses)


def _type(change: Change, uses: Uses) -> bool:
    """Any use of the type, or of one that it was part of."""
    return not (uses.read | uses.sent | uses.given).isdisjoint(change.coordinates)


def _read(change: Change, uses: Uses) -> bool:
    """The field, or the type, is part of the answer."""
    return change.coordinates[0] in uses.read


def _input(change: Change, uses: Uses) -> bool:
    """A value of the input type is written out, or comes by a variable."""
    owner = change.coordinates[0].partition(".")[0]
    return owner in uses.given or owner in uses.sent


def _field(change: Change, uses: Uses) -> bool:
    """The field is read; of an input type, a value may have it."""
    owner = change.coordinates[0].partition(".")[0]
    coordinate = change.coordinates[0]
    return coordinate in uses.read or coordinate in uses.given or owner in uses.sent


def _changed_field(change: Change, uses: Uses) -> bool:
    """As above; and an input field may be needed now that is not written out."""
    return _read(change, uses) or _input(change, uses)


def _value(change: Change, uses: Uses) -> bool:
    """The value is written out, or may come by a variable."""
    owner = change.coordinates[0].partition(".")[0]
    return change.coordinates[0] in uses.given or owner in uses.sent


def _more_values(change: Change, uses: Uses) -> bool:
    """The enum is part of the answer."""
    return change.coordinates[0].partition(".")[0] in uses.read


def _argument(change: Change, uses: Uses) -> bool:
    """The argument is given."""
    return change.coordinates[0] in uses.given


def _with_or_without(change: Change, uses: Uses) -> bool:
    """The argument is given, or could be: its default counts, or it is needed now."""
    coordinate = change.coordinates[0]
    owner = coordinate.partition("(")[0]
    return owner in (uses.given if owner.startswith("@") else uses.read)


def _directive(change: Change, uses: Uses) -> bool:
    """The directive is applied."""
    return change.coordinates[0].partition("(")[0] in uses.given


_HITS: Mapping[str, Hits] = {
    "TYPE_REMOVED": _type,
    "TYPE_CHANGED_KIND": _type,
    "TYPE_REMOVED_FROM_UNION": _type,
    "TYPE_ADDED_TO_UNION": _read,
    "IMPLEMENTED_INTERFACE_REMOVED": _type,
    "IMPLEMENTED_INTERFACE_ADDED": _type,
    "VALUE_REMOVED_FROM_ENUM": _value,
    "VALUE_ADDED_TO_ENUM": _more_values,
    "FIELD_REMOVED": _field,
    "FIELD_CHANGED_KIND": _changed_field,
    "REQUIRED_INPUT_FIELD_ADDED": _input,
    "OPTIONAL_INPUT_FIELD_ADDED": _input,
    "INPUT_FIELD_DEFAULT_VALUE_CHANGE": _input,
    "REQUIRED_ARG_ADDED": _with_or_without,
    "OPTIONAL_ARG_ADDED": _with_or_without,
    "ARG_CHANGED_KIND": _with_or_without,
    "ARG_REMOVED": _argument,
    "ARG_DEFAULT_VALUE_CHANGE": _with_or_without,
    "DIRECTIVE_REMOVED": _directive,
    "DIRECTIVE_ARG_REMOVED": _argument,
    "REQUIRED_DIRECTIVE_ARG_ADDED": _directive,
    "DIRECTIVE_REPEATABLE_REMOVED": _directive,
    "DIRECTIVE_LOCATION_REMOVED": _directive,
    "REQUIREMENT_ADDED": _read,
}
