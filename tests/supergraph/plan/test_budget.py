"""Hostile operations end quickly: in a plan, or in a typed error."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import parse

from supergraph.model.operation import read_operation
from supergraph.plan import plan
from supergraph.plan.budget import Budget
from supergraph.plan.errors import PlanTooComplex, ReservedAlias
from supergraph.query_plan.printer import count_requests, depth
from tests.supergraph.plan.worlds import World, world

# Far above what any of these takes (1 s), far below what one more doubling would.
pytestmark = pytest.mark.timeout(30)


@pytest.fixture(scope="module")
def shop() -> World:
    case = Path(__file__).parent / "cases" / "key_jump" / "supergraph.graphql"
    return world(case.read_text())


def doubling(body: str, levels: int = 20) -> str:
    """`body` holds `NEXT` twice: 2 to the power of `levels` once all fragments are inlined."""
    fragments = [
        f"fragment f{i} on Tool {{ {body.replace('NEXT', f'...f{i + 1}')} }}" for i in range(levels)
    ]
    return "\n".join(["{ tools { ...f0 } }", *fragments, f"fragment f{levels} on Tool {{ left }}"])


HARMLESS = {
    "spreads doubled 20 times": (doubling("NEXT NEXT"), (2, 2)),
    "one key doubled 20 times": (
        doubling("reviews { tool { NEXT } } reviews { tool { NEXT } }"),
        (3, 3),
    ),
    "a thousand aliases of an object": (
        "{" + " ".join(f"a{i}: tools {{ name left }}" for i in range(1000)) + "}",
        (2, 2),
    ),
    "a thousand aliases of a leaf": (
        "{ tools {" + " ".join(f'a{i}: shipping(zip: "{i}")' for i in range(1000)) + "} }",
        (2, 2),
    ),
    "a thousand conditions": (
        f"query({','.join(f'$v{i}: Boolean!' for i in range(1000))}) {{ tools {{"
        + " ".join(f"a{i}: left @include(if: $v{i})" for i in range(1000))
        + "} }",
        (2, 2),
    ),
}

REFUSED = {
    "aliases doubled 20 times": doubling(
        "a: reviews { tool { NEXT } } b: reviews { tool { NEXT } }"
    ),
    "nested too deep": "{ tools {" + "reviews { tool {" * 80 + "name" + "} }" * 80 + "} }",
    "a chain of fragments": "\n".join(
        ["{ tools { ...f0 } }"]
        + [f"fragment f{i} on Tool {{ ...f{i + 1} }}" for i in range(2000)]
        + ["fragment f2000 on Tool { name }"]
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_wide_operations_stay_cheap(shop: World, name: str) -> None:
    operation, size = HARMLESS[name]
    found = shop.plan(operation)
    assert (count_requests(found), depth(found)) == size


@pytest.mark.parametrize("name", REFUSED)
def test_explosions_end_in_a_typed_error(shop: World, name: str) -> None:
    with pytest.raises(PlanTooComplex):
        shop.plan(REFUSED[name])


def test_a_plan_is_linear_in_its_fields(shop: World) -> None:
    def steps(count: int) -> int:
        budget = Budget()
        left = budget.steps
        text = "{" + " ".join(f"a{i}: tools {{ name left }}" for i in range(count)) + "}"
        plan(read_operation(parse(text)), shop.graph, shop.supergraph, budget)
        return left - budget.steps

    assert steps(200) <= 2.2 * steps(100)


def test_the_name_that_the_router_needs_is_refused(shop: World) -> None:
    with pytest.raises(ReservedAlias, match="name"):
        shop.plan("{ tools { __typename: name } }")
