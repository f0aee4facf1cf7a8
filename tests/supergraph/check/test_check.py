"""Every kind of change has a case; what breaks is what no longer validates, and never less."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from graphql import parse, print_ast, validate
from graphql.utilities.find_schema_changes import BreakingChangeType, DangerousChangeType
from hypothesis import given, settings
from hypothesis import strategies as st

from supergraph.check import Severity, check
from supergraph.model.api_schema import api_schema
from supergraph.model.read_sdl import read_supergraph
from tests.supergraph.check.editing import edits
from tests.supergraph.compose.golden import check as check_golden
from tests.supergraph.compose.written import composed

HERE = Path(__file__).resolve().parent
CASES = sorted(path for path in (HERE / "cases").iterdir())
OPERATIONS = {path.stem: path.read_text() for path in sorted((HERE / "operations").iterdir())}
OLD = (HERE / "old.graphql").read_text()


def supergraph(sdl: str) -> str:
    answer = composed(sdl)
    assert answer.supergraph is not None, answer.errors
    return answer.supergraph


def lines(old: str, new: str) -> list[dict[str, object]]:
    return [
        {
            "severity": finding.change.severity.value,
            "kind": finding.change.kind,
            "coordinates": finding.change.coordinates,
            "message": finding.change.message,
            "operations": finding.operations,
        }
        for finding in check(old, new, OPERATIONS)
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_case(case: Path) -> None:
    found = lines(supergraph(OLD), supergraph((case / "new.graphql").read_text()))
    if case.name != "nothing":
        assert case.name in {line["kind"] for line in found}
    check_golden(case / "found.jsonl", "".join(json.dumps(line) + "\n" for line in found))


def test_every_kind_has_a_case() -> None:
    kinds = {*BreakingChangeType.__members__, *DangerousChangeType.__members__}
    assert kinds - {path.name for path in CASES} == set()


def test_an_argument_that_loses_the_default_it_needs_breaks() -> None:
    old = supergraph("type Query { a(b: Int! = 1): Int }")
    new = supergraph("type Query { a(b: Int!): Int }")
    (finding, broken) = check(old, new, {"plain": "{ a }"})
    assert (finding.change.kind, finding.change.severity) == (
        "ARG_DEFAULT_VALUE_CHANGE",
        Severity.BREAKING,
    )
    assert finding.operations == broken.operations == ("plain",)


def test_a_type_may_be_called_like_a_word_of_a_message() -> None:
    old = supergraph("type Query { a: Field } type Field { Field: Int x: Int }")
    new = supergraph("type Query { a: Field } type Field { x: Int }")
    (finding,) = check(old, new)
    assert finding.change.coordinates == ("Field.Field",)


def test_an_operation_that_the_old_schema_does_not_allow_is_told() -> None:
    same = supergraph("type Query { a: Int }")
    findings = check(same, same, {"other": "{ b }", "no": "{"})
    assert [(f.change.kind, f.operations) for f in findings] == [
        ("OPERATION_INVALID", ("other",)),
        ("OPERATION_INVALID", ("no",)),
    ]


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_what_no_longer_validates_is_hit_by_a_breaking_change(data: st.DataObject) -> None:
    """Random edits of a schema: an operation that none of them hits stays valid."""
    document = data.draw(edits(parse(OLD)))
    answer = composed(print_ast(document))
    if answer.supergraph is None:
        return
    schema = api_schema(read_supergraph(answer.supergraph))
    findings = check(supergraph(OLD), answer.supergraph, OPERATIONS)
    hit = {
        name
        for finding in findings
        if finding.change.severity is Severity.BREAKING
        and finding.change.kind != "OPERATION_BROKEN"
        for name in finding.operations
    }
    invalid = {name for name, text in OPERATIONS.items() if validate(schema, parse(text))}
    assert invalid <= hit
