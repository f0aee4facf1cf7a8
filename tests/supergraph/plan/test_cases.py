"""Plans as text: `UPDATE=1` rewrites them, the diff is the review."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from supergraph.query_plan.printer import print_plan
from tests.supergraph.plan.worlds import world

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str) -> None:
    folder = CASES / case
    assert (folder / "why.md").read_text().strip()
    here = world((folder / "supergraph.graphql").read_text())
    operation = (folder / "operation.graphql").read_text()
    assert not here.faults(operation)
    query_plan = here.plan(operation)
    assert not here.invalid_fetches(query_plan)
    text = print_plan(query_plan) + "\n"
    expected = folder / "plan.txt"
    if os.environ.get("UPDATE"):
        expected.write_text(text)
    assert text == expected.read_text()
