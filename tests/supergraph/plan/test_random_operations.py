"""Whatever clients may ask has a plan, and its subgraphs accept every request of it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supergraph.plan.errors import Unresolvable
from tests.shared import shared
from tests.supergraph.plan.operations import Operations
from tests.supergraph.plan.worlds import world

SUITES = shared("audit", "suites")
NAMES = sorted(path.name for path in SUITES.iterdir())


def check(suite: str, seed: int) -> None:
    here = world((SUITES / suite / "supergraph.graphql").read_text())
    dice = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    operation = Operations(here.api, dice).draw()
    if operation is None or here.faults(operation):
        return
    try:
        found = here.plan(operation)
    except Unresolvable:
        # Its subgraphs hold an interface that no object implements, or cannot look one up.
        assert suite == "non-resolvable-interface-object", operation
        return
    assert not here.invalid_fetches(found), operation


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), st.integers(0, 2**32))
def test_every_plan_is_valid(suite: str, seed: int) -> None:
    check(suite, seed)


@pytest.mark.soak
@pytest.mark.timeout(1200)
@settings(max_examples=20_000, deadline=None)
@given(st.sampled_from(NAMES), st.integers(0, 2**32))
def test_every_plan_is_valid_for_long(suite: str, seed: int) -> None:
    check(suite, seed)
