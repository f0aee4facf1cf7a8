"""650 inputs with the answers of two other composers: verdict, codes and supergraph."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from supergraph.compose import SubgraphSource, compose
from tests.shared import shared
from tests.supergraph.compose.normalised import differences

Case = dict[str, Any]

UNMET = Path(__file__).with_name("unmet.txt")


@cache
def _cases() -> list[Case]:
    lines = shared("composition", "cases.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def _unmet() -> set[str]:
    """Ids of the cases that we do not meet; lines that begin with `#` say why."""
    lines = UNMET.read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def _failures(case: Case) -> Iterator[str]:
    """What is different, where at least one oracle has a judgement."""
    answer = compose(
        [
            SubgraphSource(item["name"], item["url"] or f"http://{item['name']}", item["sdl"])
            for item in case["subgraphs"]
        ]
    )
    wanted = [set(case[oracle]["codes"]) for oracle in ("apollo", "guild")]
    judged = [codes for codes in wanted if "CRASH" not in codes]
    found = {error.code for error in answer.errors}
    if judged and found not in judged:
        yield f"codes are {sorted(found)}, not {' or '.join(str(sorted(c)) for c in judged)}"
    elif answer.supergraph and case["apollo"]["supergraph"]:
        yield from differences(answer.supergraph, case["apollo"]["supergraph"])


@pytest.mark.parametrize("part", range(10))
def test_cases(part: int) -> None:
    cases, unmet = _cases(), _unmet()
    assert unmet <= {case["id"] for case in cases}
    problems: list[str] = []
    for case in cases[part::10]:
        failures = list(_failures(case))
        if failures and case["id"] not in unmet:
            problems.append(f"{case['id']} {case['test']}: {failures}")
        if not failures and case["id"] in unmet:
            problems.append(f"{case['id']} passes now: take it off {UNMET.name}")
    assert not problems, "\n".join(problems)


def test_share_of_cases_that_are_met() -> None:
    assert len(_unmet()) <= len(_cases()) * 0.02
