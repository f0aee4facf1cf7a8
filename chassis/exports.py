"""Files of JSON lines: what a service exports as its truth, and what it loads.

Written whole or not at all; read field by field, and what is wrong with one is told by file and
line, as the reading service's own error.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, cast

T = TypeVar("T")
# (path of the field at fault, message) → the service's error.
Refused: TypeAlias = Callable[[tuple[str, ...], str], Exception]
# (kind of object, its fields): writes a line.
Write: TypeAlias = Callable[[str, Mapping[str, Any]], None]


@contextmanager
def exported(path: Path, service: str) -> Generator[Write, None, None]:
    """Write an export in a block; only one that ends well takes the place of what was there.

    The first line says whose it is and when it began: what committed before is in it.

    Raises:
        OSError: the file cannot be written.
    """
    beside = path.with_name(f"{path.name}.part")
    with beside.open("w", encoding="utf-8") as file:

        def write(kind: str, fields: Mapping[str, Any]) -> None:
            file.write(json.dumps({"kind": kind, **fields}) + "\n")

        write("export", {"service": service, "atMs": time.time_ns() // 1_000_000})
        yield write
    beside.replace(path)


@dataclass(frozen=True)
class Line:
    """One object of a file.

    Attributes:
        refused: makes the error of a line that cannot be used.
    """

    file: str
    number: int
    fields: Mapping[str, Any]
    refused: Refused

    def take(self, name: str, read: Callable[[Any], T]) -> T:
        """Read a field.

        Raises:
            Exception: the service's error; names file, line and field.
        """
        try:
            return read(self.fields[name])
        except KeyError:
            raise self.refuse(name, "is missing") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise self.refuse(name, error) from None

    def refuse(self, name: str, why: object) -> Exception:
        """Say what is wrong with a field of this line."""
        return self.refused((name,), f"{self.file}, line {self.number}: {name}: {why}")


def read_lines(path: Path, refused: Refused) -> Iterator[Line]:
    """Read a file line by line.

    Raises:
        Exception: the service's error, where a line is no JSON object.
        OSError: the file cannot be read.
    """
    with path.open(encoding="utf-8") as file:
        for number, text in enumerate(file, 1):
            try:
                fields: Any = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise refused(("line",), f"{path.name}, line {number}: {error}") from None
            if not isinstance(fields, dict):
                raise refused(("line",), f"{path.name}, line {number}: is not an object")
            yield Line(path.name, number, cast("dict[str, Any]", fields), refused)


def read_export(path: Path, service: str, refused: Refused) -> tuple[int, Iterator[Line]]:
    """Read what another service exports as its truth.

    Returns:
        When the export began (Unix milliseconds), and its further lines.

    Raises:
        Exception: the service's error, where it is no export of `service`.
        OSError: the file cannot be read.
    """
    lines = read_lines(path, refused)
    head = next(lines, Line(path.name, 1, {}, refused))
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
