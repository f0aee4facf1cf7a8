"""Plans as people and tools read them."""

from __future__ import annotations

import json
from pathlib import Path

from supergraph.federation.field_set import parse_field_set
from supergraph.query_plan.nodes import (
    BatchFetch,
    Condition,
    EntityBatch,
    Fetch,
    Flatten,
    Parallel,
    QueryPlan,
    Rewrite,
    Sequence,
)
from supergraph.query_plan.printer import count_requests, depth, plan_to_json, print_plan

ROOT = Fetch(0, "a", "query", "{t{__typename id}}")
ENTITY = Flatten(
    ("t",),
    Fetch(
        1,
        "b",
        "query",
        "query($r:[_Any!]!){_entities(representations:$r){... on T{x}}}",
        requires=parse_field_set("... on T { __typename id }"),
        after=(0,),
        input_rewrites=(Rewrite(("... on T", "__typename"), set_value="I"),),
        output_rewrites=(Rewrite(("_x_0",), rename_to="x"),),
    ),
)
BATCH = BatchFetch(
    2,
    "c",
    "query($r:[_Any!]!){_e0:_entities(representations:$r){... on T{y}}}",
    (EntityBatch("_e0", "r", (("t",), ("u", "@")), parse_field_set("... on T { id }")),),
    after=(0,),
)
PLAN = QueryPlan(
    "query",
    Sequence((ROOT, Parallel((Condition("v", if_false=ENTITY), Condition("w", BATCH, ENTITY))))),
)


def test_text() -> None:
    assert print_plan(PLAN) + "\n" == Path(__file__).with_name("plan.txt").read_text()
    assert print_plan(QueryPlan("query", None)) == "QueryPlan {}"


def test_other_operations_than_queries_say_so() -> None:
    assert "mutation {" in print_plan(
        QueryPlan("mutation", Fetch(0, "a", "mutation", "mutation{x}"))
    )


def test_requests_and_depth() -> None:
    assert count_requests(QueryPlan("query", Sequence((ROOT, ENTITY, BATCH)))) == 3
    assert depth(PLAN) == 2
    assert (count_requests(QueryPlan("query", None)), depth(QueryPlan("query", None))) == (0, 0)


def test_depth_follows_what_is_waited_for_and_not_the_drawing() -> None:
    independent = Fetch(1, "b", "query", "{y}")
    assert depth(QueryPlan("query", Sequence((ROOT, independent)))) == 1


def test_json_holds_everything_a_reader_needs() -> None:
    found = plan_to_json(PLAN)
    assert json.loads(json.dumps(found)) == found
    root, parallel = found["node"]["nodes"]
    assert root["operation"] == ROOT.operation
    skipped, branching = parallel["nodes"]
    entity = skipped["elseClause"]["node"]
    assert skipped["condition"] == "v"
    assert entity["requires"] == "... on T { __typename id }"
    assert entity["after"] == [0]
    assert entity["inputRewrites"][0]["setValueTo"] == "I"
    assert entity["outputRewrites"][0]["renameKeyTo"] == "x"
    assert branching["ifClause"]["entities"][0]["paths"] == [["t"], ["u", "@"]]
    assert plan_to_json(QueryPlan("query", None))["node"] is None
