"""JSON lines of files, read field by field; what is wrong with one is told by file and line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from subgraphs.tweets.model.errors import TextRefused, WorldRefused

T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """One object of a file."""

    file: str
    number: int
    fields: Mapping[str, Any]

    def take(self, name: str, read: Callable[[Any], T]) -> T:
        """Read a field.

        Raises:
            WorldRefused: names file, line and field.
        """
        try:
            return read(self.fields[name])
        except KeyError:
            raise self.refuse(name, "is missing") from None
        except (ValueError, TypeError, AttributeError, TextRefused) as error:
            raise self.refuse(name, error) from None

    def refuse(self, name: str, why: object) -> WorldRefused:
        """Say what is wrong with a field of this line."""
        return WorldRefused((name,), f"{self.file}, line {self.number}: {name}: {why}")


def read_lines(path: Path) -> Iterator[Line]:
    """Read a file line by line.

    Raises:
        WorldRefused: a line is no JSON object.
        OSError: the file cannot be read.
    """
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                fields: Any = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise WorldRefused(("line",), f"{path.name}, line {number}: {error}") from None
            if not isinstance(fields, dict):
                raise WorldRefused(("line",), f"{path.name}, line {number}: is not an object")
            yield Line(path.name, number, cast("dict[str, Any]", fields))


def read_export(path: Path, service: str) -> tuple[int, Iterator[Line]]:
    """Read what another service exports as its truth.

    Returns:
        When the export began (Unix milliseconds), and its further lines.

    Raises:
        WorldRefused: it is no export of `service`.
        OSError: the file cannot be read.
    """
    lines = read_lines(path)
    head = next(lines, Line(path.name, 1, {}))
    if head.fields.get("kind") != "export" or head.fields.get("service") != service:
        raise head.refuse("service", f"is not the beginning of an export of {service}")
    return head.take("atMs", whole_number), lines


def whole_number(value: Any) -> int:
    """Take a whole number of 0 or more."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("is not a whole number")
    return value


def any_text(value: Any) -> str:
    """Take text."""
    if not isinstance(value, str):
        raise TypeError("is not text")
    return value
