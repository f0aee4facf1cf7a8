"""Subscriptions: one primary fetch, the rest as in a query; no more requests than Apollo sends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supergraph.plan.errors import NotOneRootField
from supergraph.query_plan.nodes import Fetch, Subscription
from supergraph.query_plan.printer import count_requests, depth, fetches, plan_to_json, print_plan
from tests.oracles.node import oracle
from tests.supergraph.plan.worlds import World, world

CASES = Path(__file__).parent / "cases"


def feed() -> World:
    return world((CASES / "subscription_with_rest" / "supergraph.graphql").read_text())


OPERATIONS = [
    (CASES / name / "operation.graphql").read_text()
    for name in ("subscription_with_rest", "subscription_alone")
] + [
    "subscription { ticks }",
    "subscription { threadReplies(rootId: 1) { author { username } } }",
    "subscription($s: Boolean!) { threadReplies(rootId: 1) { author { username @skip(if: $s) } } }",
    "subscription { homeTimelineUpdates { __typename ... on Added { a: tweet { id b: text } } } }",
    "subscription { ...F } fragment F on Subscription { homeTimelineUpdates { __typename } }",
]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_more_requests_and_no_greater_depth_than_apollo(operation: str) -> None:
    here = feed()
    assert not here.faults(operation)
    ours = here.plan(operation)
    assert isinstance(ours.root, Subscription)
    assert not here.invalid_fetches(ours)
    theirs = oracle("plan.mjs").ask(
        planner="apollo", supergraph=here.supergraph.sdl, operation=operation
    )
    assert (count_requests(ours), depth(ours)) == (theirs["requests"], theirs["depth"])
    assert _squeezed(print_plan(ours)) == _squeezed(theirs["plan"])


def _squeezed(plan: str) -> str:
    """What two printers of one plan have in common.

    Apollo's closes one brace too many where there is no rest, has a sequence of one node, writes
    no types into paths and IDs without quotes.
    """
    plan = re.sub(r'\|\w+|[",]|Sequence \{', "", plan)
    words = plan.split()
    return " ".join(word for word in words if word != "}")


def test_only_the_primary_fetch_subscribes_and_the_rest_waits_for_it() -> None:
    plan = feed().plan(OPERATIONS[0])
    assert plan.kind == "subscription"
    first, *rest = fetches(plan)
    assert isinstance(first, Fetch)
    assert (first.kind, first.after, first.subgraph) == ("subscription", (), "feed")
    assert first.operation.startswith("subscription($after: String){homeTimelineUpdates")
    assert [getattr(fetch, "kind", "query") for fetch in rest] == ["query"] * len(rest)
    assert rest[0].after == (first.id,)


def test_as_json_it_has_apollos_words() -> None:
    node = plan_to_json(feed().plan(OPERATIONS[0]))["node"]
    assert set(node) == {"kind", "primary", "rest"}
    assert (node["kind"], node["primary"]["operationKind"]) == ("Subscription", "subscription")
    alone = plan_to_json(feed().plan("subscription { ticks }"))["node"]
    assert set(alone) == {"kind", "primary"}


@pytest.mark.parametrize(
    "operation",
    [
        "subscription { ticks threadReplies(rootId: 1) { id } }",
        "subscription($s: Boolean!) { ticks @skip(if: $s) }",
    ],
)
def test_what_validation_refuses_has_no_plan(operation: str) -> None:
    here = feed()
    assert here.faults(operation)
    with pytest.raises(NotOneRootField):
        here.plan(operation)


def test_nothing_to_ask_is_no_subscription() -> None:
    assert feed().plan("subscription { __typename }").root is None
