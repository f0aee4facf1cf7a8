"""Every audit operation has a plan that its subgraphs accept, and nobody plans a shorter one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from supergraph.plan.errors import PlanError, Unresolvable
from supergraph.query_plan.printer import count_requests, depth
from tests.oracles.node import oracle
from tests.shared import shared
from tests.supergraph.plan.worlds import World, world

SUITES = shared("audit", "suites")

UNANSWERABLE = {("non-resolvable-interface-object", 1)}
"""The audit expects an error: no subgraph can resolve the field on any object."""


def suite_world(suite: str) -> World:
    return world((SUITES / suite / "supergraph.graphql").read_text())


def operations(suite: str) -> Iterator[tuple[int, str]]:
    """Those that are valid for clients; the others never reach the planner."""
    for index, case in enumerate(json.loads((SUITES / suite / "tests.json").read_text())):
        if not suite_world(suite).faults(case["query"]):
            yield index, case["query"]


NAMES = sorted(path.name for path in SUITES.iterdir())


@pytest.mark.parametrize("suite", NAMES)
def test_every_fetch_is_valid_in_its_subgraph(suite: str) -> None:
    here = suite_world(suite)
    for index, operation in operations(suite):
        if (suite, index) in UNANSWERABLE:
            with pytest.raises(Unresolvable, match=r"a\.field"):
                here.plan(operation)
        else:
            assert not here.invalid_fetches(here.plan(operation)), operation


@pytest.mark.parametrize("planner", ["apollo", "hive"])
def test_no_more_requests_and_no_greater_depth_than(planner: str) -> None:
    worse: list[str] = []
    for suite in NAMES:
        here = suite_world(suite)
        for index, operation in operations(suite):
            try:
                ours = here.plan(operation)
            except PlanError:
                continue
            theirs = oracle("plan.mjs").ask(
                planner=planner, supergraph=here.supergraph.sdl, operation=operation
            )
            if "requests" not in theirs:
                continue
            if count_requests(ours) > theirs["requests"] or depth(ours) > theirs["depth"]:
                worse.append(f"{suite} {index}")
    assert not worse
