"""What a person sees: lines with the name of who said them, errors in one line."""

from __future__ import annotations

import contextlib
import sys
import zlib
from collections.abc import Sequence

WIDTH = 10
COLOURS = (31, 32, 33, 34, 35, 36, 92, 94, 95, 96)


def log(name: str, line: str) -> None:
    """One line of a child, behind its name."""
    prefix = f"{name:<{WIDTH}} |"
    if sys.stdout.isatty():
        colour = COLOURS[zlib.crc32(name.encode()) % len(COLOURS)]
        prefix = f"\x1b[{colour}m{prefix}\x1b[0m"
    _write(f"{prefix} {line}\n")


def banner(lines: Sequence[str]) -> None:
    """Lines that stand apart."""
    _write("\n" + "".join(f"{line}\n" for line in lines) + "\n")


def fail(message: str) -> None:
    """One line of error."""
    sys.stderr.write(f"error: {message}\n")


def _write(text: str) -> None:
    # Whoever read our output may be gone: the stack goes on.
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(text)
        sys.stdout.flush()
