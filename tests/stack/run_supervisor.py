"""Runs the supervisor over the project in the current folder, as `python -m stack up` would."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from stack import console, fetch
from stack.assembly import Assembly
from stack.errors import StackError
from stack.folders import Folders
from stack.supervisor import up


def main() -> int:
    if os.environ.get("MT_TEST_JAVA") == "none":
        fetch._java_candidates = _no_java
    without = frozenset(os.environ.get("WITHOUT", "redis neo4j bot").split()) | {"zipkin"}
    try:
        assembly = Assembly.of(Folders.of(Path.cwd(), os.environ), os.environ, console.log)
        asyncio.run(up(assembly, without=without, announce=lambda: console.banner(["it is up"])))
    except StackError as error:
        console.fail(str(error))
        return 1
    return 0


def _no_java(_: Mapping[str, str], __: Path) -> Iterator[Path]:
    return iter(())


if __name__ == "__main__":
    sys.exit(main())
