"""Mutation fields run one after the other: the executor waits for what `after` names."""

from __future__ import annotations

from pathlib import Path

from supergraph.query_plan.printer import fetches
from tests.supergraph.plan.worlds import world

CASE = Path(__file__).parent / "cases" / "mutations_in_sequence"


def test_a_mutation_field_waits_for_all_of_the_field_before() -> None:
    here = world((CASE / "supergraph.graphql").read_text())
    planned = list(fetches(here.plan((CASE / "operation.graphql").read_text())))
    after = {fetch.id: set(fetch.after) for fetch in planned}
    roots = [fetch.id for fetch in planned if getattr(fetch, "kind", "query") == "mutation"]
    assert len(roots) == 2
    first, second = roots
    assert after[first] == set()
    of_the_first = {
        number for number, parents in after.items() if first in parents and number != second
    }
    assert of_the_first, "the first field has an entity fetch of its own"
    assert after[second] >= {first} | of_the_first
