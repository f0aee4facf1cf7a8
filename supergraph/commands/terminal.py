"""What a command reads, writes and tells: files, JSON lines on stderr, exit codes."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

OK, FINDING, WRONG_USE = 0, 1, 2
Json = dict[str, Any]


class WrongUse(Exception):
    """The command cannot be carried out as it was given."""


def entry_of(error: Exception) -> Json:
    """An error as a JSON line: `PlanTooComplex` has the code `PLAN_TOO_COMPLEX`."""
    code = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).upper()
    return {"code": code, "message": str(error)}


def tell(*lines: Json) -> None:
    """Write JSON lines to stderr."""
    sys.stderr.writelines(json.dumps(line) + "\n" for line in lines)


def read_file(file: str | Path) -> str:
    """The text of a file.

    Raises:
        WrongUse: it cannot be read.
    """
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{file} cannot be read: {error}") from error


def write_out(text: str, file: str | None = None) -> None:
    """Write a text to a file, whole or not at all, or to stdout.

    Raises:
        WrongUse: the file cannot be written.
    """
    if file is None:
        sys.stdout.write(text.rstrip("\n") + "\n")
        sys.stdout.flush()
        return
    try:
        # Beside it first: whoever reads the file finds the old or the new one, whole.
        beside = Path(f"{file}.new")
        beside.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
        beside.replace(file)
    except OSError as error:
        raise WrongUse(f"{file} cannot be written: {error}") from error
