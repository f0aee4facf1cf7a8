"""Every code has an example that gives it and nothing else, and its message is reviewed."""

from __future__ import annotations

from pathlib import Path

import pytest

from supergraph.compose.codes import CODES
from supergraph.compose.diagnostics import CompositionError, print_codes
from tests.supergraph.compose.golden import check
from tests.supergraph.compose.written import composed

HERE = Path(__file__).resolve().parent
EXAMPLES = sorted(code for code, found in CODES.items() if not found.example.startswith("#"))


@pytest.mark.parametrize("code", EXAMPLES)
def test_example_gives_its_code(code: str) -> None:
    answer = composed(*CODES[code].example.split("---"))
    assert answer.supergraph is None
    assert {error.code for error in answer.errors} == {code}
    text = "\n\n".join(f"{error.message}\n  at {', '.join(error.nodes)}" for error in answer.errors)
    check(HERE / "errors" / code / "errors.txt", text + "\n")


def test_docs_are_printed_from_the_table() -> None:
    check(HERE.parents[2] / "docs" / "errors.md", print_codes())


def test_errors_are_only_made_with_known_codes() -> None:
    with pytest.raises(KeyError):
        CompositionError("NO_SUCH_CODE", "")
