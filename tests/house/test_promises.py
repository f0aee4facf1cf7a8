"""README's tables of promises name files and tests that are there, and every regression of old."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
KEPT, CHECKED = "kept in", "checked by"
NOT_YET = "not yet"


def rows() -> Iterator[dict[str, str]]:
    """The rows of the tables that say where something is kept, cells by their heading."""
    heading: list[str] = []
    for line in README.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            heading = []
        elif not heading:
            heading = cells
        elif KEPT in heading and not set(line) <= set("|-: "):
            assert len(cells) == len(heading), f"a bar inside a cell: {line}"
            yield dict(zip(heading, cells, strict=True))


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@cache
def functions_of(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def missing(name: str) -> str | None:
    """Why what a cell names is not there, or None."""
    place, _, test = name.partition("::")
    path = ROOT / place
    if not path.exists():
        return f"{place} is not there"
    if test and test not in functions_of(path):
        return f"{place} has no {test}"
    return None


ROWS = list(rows())


@pytest.mark.parametrize("row", ROWS, ids=[next(iter(row.values()))[:50] for row in ROWS])
def test_what_a_promise_names_is_there(row: dict[str, str]):
    kept, checked = names(row[KEPT]), names(row[CHECKED])
    if row[KEPT] == NOT_YET:
        assert checked == [], "what does not stand is checked by nothing"
        return
    assert kept, "it says nowhere where it is kept"
    assert checked, "nothing checks it"
    assert [why for name in (*kept, *checked) if (why := missing(name))] == []


def test_every_regression_of_the_seed_stands_in_the_table():
    found = {
        f"{path.relative_to(ROOT)}::{test}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if "node_modules" not in path.parts
        for test in functions_of(path)
        if test.startswith("test_seed_")
    }
    assert found
    assert found - {name for row in ROWS for name in names(row[CHECKED])} == set()


@pytest.mark.parametrize("name", ["stack/nothing.py", "tests/house/test_promises.py::test_nothing"])
def test_what_is_not_there_is_found(name: str):
    assert missing(name)
