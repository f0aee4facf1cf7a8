"""Hand-written plans: entities, dependencies, conditions, errors at the client's places."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from graphql import build_schema

from supergraph.execute import ExecutionResult
from supergraph.execute.transport import SubgraphTimeout, SubgraphUnreachable
from supergraph.federation.field_set import parse_field_set
from supergraph.model.supergraph import (
    FieldJoin,
    Graph,
    Key,
    Kind,
    Supergraph,
    SupergraphField,
    SupergraphType,
    TypeJoin,
)
from supergraph.query_plan.nodes import (
    BatchFetch,
    Condition,
    EntityBatch,
    Fetch,
    Flatten,
    Parallel,
    PlanNode,
    Rewrite,
    Sequence,
)
from tests.supergraph.execute.memory import Body, MemoryTransport, answers, paths, run_plan

SCHEMA = """
type Query { users: [User] tweets: [Tweet] me: User! }
type Mutation { add(n: Int): Int  sub(n: Int): Int }
type User { id: ID! name: String age: Int! friend: User tweets: [Tweet!] }
type Tweet { id: ID! text: String author: User }
"""
USERS = Fetch(0, "a", "query", "{ users { __typename id } }")


def user_fetch(fields: str, number: int = 1, after: tuple[int, ...] = (0,), **more: Any) -> Fetch:
    text = "query($representations: [_Any!]!) { _entities(representations: $representations) "
    requires = more.pop("requires", "... on User { __typename id }")
    return Fetch(
        number,
        more.pop("subgraph", "b"),
        "query",
        text + f"{{ ... on User {{ {fields} }} }} }}",
        requires=parse_field_set(requires),
        after=after,
        **more,
    )


def users_then(*nodes: PlanNode) -> PlanNode:
    return Sequence((USERS, *nodes))


def users(*ids: str | None) -> Body:
    entities = [None if each is None else {"__typename": "User", "id": each} for each in ids]
    return {"data": {"users": entities}}


def found(*values: Any, errors: list[Body] | None = None) -> Body:
    body: Body = {"data": {"_entities": list(values)}}
    return body | {"errors": errors} if errors else body


async def names(a: Any, b: Any, query: str = "{ users { name } }") -> ExecutionResult:
    """Run `users` from a and their `name` from b, which answer with these bodies."""
    plan = users_then(Flatten(("users", "@"), user_fetch("name")))
    transport = MemoryTransport({"a": lambda _: a, "b": lambda _: b})
    return await run_plan(plan, query, transport, SCHEMA)


async def test_equal_places_share_one_representation_and_null_places_none() -> None:
    transport = MemoryTransport(
        {
            "a": answers(users("1", None, "2", "1")),
            "b": answers(found({"name": "x"}, {"name": "y"})),
        }
    )
    plan = users_then(Flatten(("users", "@"), user_fetch("name")))
    result = await run_plan(plan, "{ users { name } }", transport, SCHEMA)
    assert result.to_json() == {
        "data": {"users": [{"name": "x"}, None, {"name": "y"}, {"name": "x"}]}
    }
    assert transport.sent[1][1]["variables"] == {
        "representations": [{"__typename": "User", "id": "1"}, {"__typename": "User", "id": "2"}]
    }


async def test_nothing_is_asked_where_there_is_no_place() -> None:
    result = await names(users(None), AssertionError("asked"))
    assert result.to_json() == {"data": {"users": [None]}}


async def test_an_entity_that_is_not_found_has_null_fields_without_an_error() -> None:
    result = await names(users("1", "2"), found(None, {"name": "y"}))
    assert result.to_json() == {"data": {"users": [{"name": None}, {"name": "y"}]}}


async def test_an_entity_that_is_not_found_bubbles_where_its_field_may_not_be_null() -> None:
    plan = users_then(Flatten(("users", "@"), user_fetch("age")))
    transport = MemoryTransport(
        {"a": answers(users("1", "2")), "b": answers(found(None, {"age": 3}))}
    )
    result = await run_plan(plan, "{ users { age } }", transport, SCHEMA)
    assert result.data == {"users": [None, {"age": 3}]}
    assert paths(result) == {("users", 0, "age")}
    assert result.errors[0].code == "RESPONSE_VALIDATION_FAILED"


async def test_an_error_of_a_shared_entity_stands_at_every_place() -> None:
    error = {"message": "no", "path": ["_entities", 0, "name"], "extensions": {"code": "GONE"}}
    result = await names(users("1", "2", "1"), found({"name": None}, {"name": "y"}, errors=[error]))
    assert result.data == {"users": [{"name": None}, {"name": "y"}, {"name": None}]}
    assert paths(result) == {("users", 0, "name"), ("users", 2, "name")}
    assert result.errors[0].to_json() == {
        "message": "no",
        "path": ["users", 0, "name"],
        "extensions": {"code": "GONE", "service": "b"},
    }


@pytest.mark.parametrize(
    ("b", "code"),
    [
        (SubgraphUnreachable(), "SUBREQUEST_HTTP_ERROR"),
        (SubgraphTimeout(), "SUBREQUEST_TIMEOUT"),
        (b"<html>", "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data": {"_entities": [NaN]}}', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data": {"_entities": [{"name": "\xff"}]}}', "SUBREQUEST_MALFORMED_RESPONSE"),
        (b"[" * 50_000 + b"]" * 50_000, "SUBREQUEST_MALFORMED_RESPONSE"),
        (b'{"data":' + b'{"a":' * 300 + b"1" + b"}" * 301, "SUBREQUEST_MALFORMED_RESPONSE"),
        ({"data": None}, "SUBREQUEST_MALFORMED_RESPONSE"),
        ({"data": []}, "SUBREQUEST_MALFORMED_RESPONSE"),
        ({"data": {"_entities": None}}, "SUBREQUEST_MALFORMED_RESPONSE"),
        ({"data": {"_entities": []}}, "SUBREQUEST_MALFORMED_RESPONSE"),
        ({"data": {"_entities": [[], []]}}, "SUBREQUEST_MALFORMED_RESPONSE"),
        ({"data": {"_entities": "no"}}, "SUBREQUEST_MALFORMED_RESPONSE"),
        ({"errors": "no"}, "SUBREQUEST_MALFORMED_RESPONSE"),
        ({"errors": [{"message": 1}]}, "SUBREQUEST_MALFORMED_RESPONSE"),
        ({"errors": [{"message": "boom"}]}, "DOWNSTREAM_SERVICE_ERROR"),
        ({"errors": [{"message": "boom", "path": ["zzz"]}]}, "DOWNSTREAM_SERVICE_ERROR"),
        ({"errors": [{"message": "boom", "path": {}}]}, "DOWNSTREAM_SERVICE_ERROR"),
        ({"errors": [{"message": "boom", "path": ["_entities"]}]}, "DOWNSTREAM_SERVICE_ERROR"),
        ({"errors": [{"message": "b", "path": ["_entities", 9]}]}, "DOWNSTREAM_SERVICE_ERROR"),
    ],
)
async def test_a_request_that_fails_as_a_whole_stands_at_the_flattened_places(
    b: Any, code: str
) -> None:
    result = await names(users("1", None, "2"), b)
    assert result.data == {"users": [{"name": None}, None, {"name": None}]}
    assert paths(result) == {("users", 0), ("users", 2)}
    assert {error.code for error in result.errors} == {code}
    assert {error.extensions["service"] for error in result.errors} == {"b"}


async def test_an_http_error_without_a_graphql_answer_tells_its_status() -> None:
    transport = MemoryTransport({"a": answers({"oops": True})}, status=503)
    result = await run_plan(USERS, "{ users { id } }", transport, SCHEMA)
    assert result.to_json() == {
        "errors": [
            {
                "message": "The subgraph answered with an HTTP error.",
                "extensions": {
                    "code": "SUBREQUEST_HTTP_ERROR",
                    "service": "a",
                    "http": {"status": 503},
                },
            }
        ],
        "data": {"users": None},
    }


async def test_an_http_error_with_a_graphql_answer_counts_as_that_answer() -> None:
    told = {"errors": [{"message": "bad", "path": ["users"]}], "data": None}
    transport = MemoryTransport({"a": answers(told)}, status=400)
    result = await run_plan(USERS, "{ users { id } }", transport, SCHEMA)
    assert [(error.message, error.path) for error in result.errors] == [("bad", ("users",))]


async def test_a_failed_key_is_told_at_the_field_that_needed_it() -> None:
    a = users("1", "2")
    a["data"]["users"][0]["id"] = None
    a["errors"] = [{"message": "no id", "path": ["users", 0, "id"]}]
    result = await names(a, found({"name": "y"}))
    assert result.data == {"users": [{"name": None}, {"name": "y"}]}
    assert [(error.message, error.path) for error in result.errors] == [
        ("no id", ("users", 0, "name"))
    ]


async def test_an_error_in_a_field_not_asked_and_not_needed_is_not_told() -> None:
    a = users("1")
    a["data"]["users"][0]["id"] = None
    a["errors"] = [{"message": "no id", "path": ["users", 0, "id"]}]
    plan = Fetch(0, "a", "query", "{ users { __typename id } }")
    result = await run_plan(
        plan, "{ users { __typename } }", MemoryTransport({"a": answers(a)}), SCHEMA
    )
    assert result.to_json() == {"data": {"users": [{"__typename": "User"}]}}


async def test_a_bubbled_entity_error_keeps_its_field() -> None:
    error = {"message": "no age", "path": ["_entities", 0, "age"]}
    plan = users_then(Flatten(("users", "@"), user_fetch("age name")))
    transport = MemoryTransport(
        {"a": answers(users("1")), "b": answers(found(None, errors=[error]))}
    )
    result = await run_plan(plan, "{ users { name age } }", transport, SCHEMA)
    assert result.data == {"users": [None]}
    assert paths(result) == {("users", 0, "age")}
    transport = MemoryTransport(
        {"a": answers(users("1")), "b": answers(found(None, errors=[error]))}
    )
    result = await run_plan(plan, "{ users { name } }", transport, SCHEMA)
    assert result.data == {"users": [{"name": None}]}
    assert paths(result) == {("users", 0, "name")}


async def test_what_one_subgraph_has_survives_the_failure_of_another() -> None:
    plan = Parallel(
        (
            Fetch(0, "a", "query", "{ me { __typename id } }"),
            Fetch(1, "b", "query", "{ me { name friend { name } } }"),
        )
    )
    query = "{ me { id name friend { name } } }"
    me = {"data": {"me": {"__typename": "User", "id": "1"}}}
    down = {"errors": [{"message": "down", "path": ["me"]}], "data": None}
    for a_first in (True, False):
        arrived = asyncio.Event()

        async def late(body: Body, arrived: asyncio.Event = arrived) -> Body:
            await arrived.wait()
            return body

        def now(body: Body, arrived: asyncio.Event = arrived) -> Body:
            asyncio.get_running_loop().call_later(0.01, arrived.set)
            return body

        first, second = (now(me), late(down)) if a_first else (late(me), now(down))
        transport = MemoryTransport({"a": lambda _, it=first: it, "b": lambda _, it=second: it})
        result = await run_plan(plan, query, transport, SCHEMA)
        assert result.data == {"me": {"id": "1", "name": None, "friend": None}}
        assert paths(result) == {("me",)}


async def test_a_fetch_starts_when_its_own_inputs_are_there() -> None:
    """Step 3 waits for 1 only, though the plan's text has 2 before it and 2 is slow."""
    finished: list[str] = []
    release = asyncio.Event()

    async def slow(_body: Body) -> Body:
        await release.wait()
        finished.append("slow")
        return {"data": {"tweets": []}}

    def entities(_body: Body) -> Body:
        finished.append("entities")
        release.set()
        return found({"name": "x"})

    plan = Sequence(
        (
            Parallel((USERS, Fetch(1, "slow", "query", "{ tweets { id } }"))),
            Flatten(("users", "@"), user_fetch("name", 2)),
        )
    )
    transport = MemoryTransport({"a": answers(users("1")), "slow": slow, "b": entities})
    result = await run_plan(plan, "{ users { name } tweets { id } }", transport, SCHEMA)
    assert finished == ["entities", "slow"]
    assert result.data == {"users": [{"name": "x"}], "tweets": []}


@pytest.mark.parametrize(("on", "sent"), [(True, ["a", "b"]), (False, ["a", "c"])])
async def test_a_condition_chooses_a_branch(on: bool, sent: list[str]) -> None:
    plan = users_then(
        Condition(
            "on",
            Flatten(("users", "@"), user_fetch("name")),
            Flatten(("users", "@"), user_fetch("age", 2, (0, 1), subgraph="c")),
        )
    )
    transport = MemoryTransport(
        {
            "a": answers(users("1")),
            "b": answers(found({"name": "x"})),
            "c": answers(found({"age": 3})),
        }
    )
    query = "query($on: Boolean!) { users { name @include(if: $on) age @skip(if: $on) } }"
    result = await run_plan(plan, query, transport, SCHEMA, {"on": on})
    assert [name for name, _ in transport.sent] == sent
    assert result.to_json() == {"data": {"users": [{"name": "x"} if on else {"age": 3}]}}


async def test_mutations_run_one_after_the_other() -> None:
    running = 0

    async def one_at_a_time(body: Body) -> Body:
        nonlocal running
        running += 1
        await asyncio.sleep(0)
        assert running == 1
        running -= 1
        return {"data": {"add" if "add" in body["query"] else "sub": body["variables"]["n"]}}

    plan = Sequence(
        (
            Fetch(0, "a", "mutation", "mutation($n: Int) { add(n: $n) }", variables=("n",)),
            Fetch(1, "b", "mutation", "mutation($n: Int) { sub(n: $n) }", "M", ("n",), after=(0,)),
        )
    )
    transport = MemoryTransport({"a": one_at_a_time, "b": one_at_a_time})
    query = "mutation($n: Int = 3) { add(n: $n) sub(n: $n) }"
    result = await run_plan(plan, query, transport, SCHEMA)
    assert result.to_json() == {"data": {"add": 3, "sub": 3}}
    assert [request.kind for request in transport.requests] == ["mutation", "mutation"]
    assert transport.sent[1][1]["operationName"] == "M"


@pytest.mark.parametrize(("type_", "sent"), [("Int!", ["a"]), ("Int", ["a", "b"])])
async def test_a_mutation_that_nulls_the_answer_is_the_last(type_: str, sent: list[str]) -> None:
    schema = f"type Query {{ q: Int }} type Mutation {{ add: {type_} sub: Int }}"
    plan = Sequence(
        (
            Fetch(0, "a", "mutation", "mutation { one: add }"),
            Fetch(1, "b", "mutation", "mutation { sub }", after=(0,)),
        )
    )
    failed = {"data": {"one": None}, "errors": [{"message": "no", "path": ["one"]}]}
    transport = MemoryTransport({"a": answers(failed), "b": answers({"data": {"sub": 1}})})
    result = await run_plan(plan, "mutation { one: add sub }", transport, schema)
    assert [name for name, _ in transport.sent] == sent
    assert result.data == (None if type_ == "Int!" else {"one": None, "sub": 1})
    assert paths(result) == {("one",)}


@pytest.mark.parametrize("without", [False, True])
async def test_one_failed_input_spares_the_fields_that_do_not_need_it(without: bool) -> None:
    """Nor does it matter to anything where what needs it was left out."""
    sdl = """
      type Query { users: [User] } type User { id: ID! age: Int rank: Int score: Int }
    """
    rank = FieldJoin("B", requires=parse_field_set("age"))
    user = SupergraphType(
        "User",
        Kind.OBJECT,
        {"B": TypeJoin("B", (Key(parse_field_set("id")),))},
        {"rank": SupergraphField("rank", {"B": rank})},
    )
    supergraph = Supergraph(build_schema(sdl), {"B": Graph("B", "b", "")}, {"User": user}, "")
    a = {
        "data": {"users": [{"__typename": "User", "id": "1", "age": None}]},
        "errors": [{"message": "no age", "path": ["users", 0, "age"]}],
    }
    asked = "rank @skip(if: $without) score"
    fetch = user_fetch(asked, requires="... on User { __typename id age }", variables=("without",))
    b = {"score": 2} if without else {"rank": 7, "score": 2}
    transport = MemoryTransport({"a": answers(a), "b": answers(found(b))})
    first = Fetch(0, "a", "query", "{ users { __typename id age } }")
    plan = Sequence((first, Flatten(("users", "@"), fetch)))
    query = f"query($without: Boolean!) {{ users {{ {asked} }} }}"
    result = await run_plan(plan, query, transport, supergraph, {"without": without})
    assert result.data == {"users": [{"score": 2} if without else {"rank": None, "score": 2}]}
    assert paths(result) == (set() if without else {("users", 0, "rank")})
    assert transport.sent[1][1]["variables"]["representations"] == [
        {"__typename": "User", "id": "1", "age": None}
    ]


async def test_what_conditions_leave_nothing_of_is_neither_asked_nor_missed() -> None:
    fetch = user_fetch("name @skip(if: $without)", variables=("without",))
    b = answers({"errors": [{"message": "no"}]})
    transport = MemoryTransport({"a": answers(users("1")), "b": b})
    query = "query($without: Boolean!) { users { id name @skip(if: $without) } }"
    plan = users_then(Flatten(("users", "@"), fetch))
    result = await run_plan(plan, query, transport, SCHEMA, {"without": True})
    assert result.to_json() == {"data": {"users": [{"id": "1"}]}}
    assert [name for name, _ in transport.sent] == ["a"]


async def test_a_batch_asks_several_entity_lists_in_one_request() -> None:
    batch = BatchFetch(
        1,
        "b",
        "query($r0: [_Any!]!, $r1: [_Any!]!) {"
        " _e0: _entities(representations: $r0) { ... on User { name } }"
        " _e1: _entities(representations: $r1) { ... on Tweet { text } } }",
        (
            EntityBatch(
                "_e0",
                "r0",
                (("users", "@"), ("tweets", "@", "author")),
                parse_field_set("... on User { __typename id }"),
            ),
            EntityBatch(
                "_e1", "r1", (("tweets", "@"),), parse_field_set("... on Tweet { __typename id }")
            ),
        ),
        after=(0,),
    )
    tweet = {"__typename": "Tweet", "id": "t", "author": {"__typename": "User", "id": "1"}}
    first = Fetch(
        0,
        "a",
        "query",
        "{ users { __typename id } tweets { __typename id author { __typename id } } }",
    )
    error = {"message": "no text", "path": ["_e1", 0, "text"]}
    transport = MemoryTransport(
        {
            "a": answers({"data": {**users("1")["data"], "tweets": [tweet]}}),
            "b": answers(
                {"data": {"_e0": [{"name": "x"}], "_e1": [{"text": None}]}, "errors": [error]}
            ),
        }
    )
    query = "{ users { name } tweets { text author { name } } }"
    result = await run_plan(Sequence((first, batch)), query, transport, SCHEMA)
    assert result.data == {
        "users": [{"name": "x"}],
        "tweets": [{"text": None, "author": {"name": "x"}}],
    }
    assert paths(result) == {("tweets", 0, "text")}
    assert transport.sent[1][1]["variables"] == {
        "r0": [{"__typename": "User", "id": "1"}],
        "r1": [{"__typename": "Tweet", "id": "t"}],
    }


async def test_places_that_share_an_answer_do_not_share_what_comes_later() -> None:
    requires = parse_field_set("... on User { __typename id }")
    friends = BatchFetch(
        1,
        "b",
        "query($r0: [_Any!]!) { _e0: _entities(representations: $r0) {"
        " ... on User { friend { __typename id } } } }",
        (EntityBatch("_e0", "r0", (("users", "@"), ("me",)), requires),),
        after=(0,),
    )
    first = Fetch(0, "a", "query", "{ users { __typename id } me { __typename id } }")
    me = {"__typename": "User", "id": "1"}
    transport = MemoryTransport(
        {
            "a": answers({"data": {**users("1")["data"], "me": me}}),
            "b": answers({"data": {"_e0": [{"friend": {"__typename": "User", "id": "2"}}]}}),
            "c": answers(found({"x": "name"})),
            "d": answers(found({"x": "other"})),
        }
    )
    plan = Sequence(
        (
            first,
            friends,
            Flatten(("users", "@", "friend"), user_fetch("x: name", 2, (1,), subgraph="c")),
            Flatten(("me", "friend"), user_fetch("x: name", 3, (1,), subgraph="d")),
        )
    )
    query = "{ users { friend { x: name } } me { friend { x: name } } }"
    result = await run_plan(plan, query, transport, SCHEMA)
    assert result.to_json() == {
        "data": {"users": [{"friend": {"x": "name"}}], "me": {"friend": {"x": "other"}}}
    }
    assert len(transport.sent[1][1]["variables"]["r0"]) == 1


async def test_rewrites_change_what_goes_out_and_what_comes_in() -> None:
    fetch = user_fetch(
        "other: name",
        requires="... on User { __typename key: key_0 }",
        input_rewrites=(
            Rewrite(("... on User", "__typename"), set_value="Person"),
            Rewrite(("key",), rename_to="id"),
        ),
        output_rewrites=(Rewrite(("... on User", "other"), rename_to="name"),),
    )
    a = {
        "data": {
            "users": [{"__typename": "User", "key_0": "1"}, {"__typename": "User", "key_0": "2"}]
        }
    }
    error = {"message": "no", "path": ["_entities", 1, "other"]}
    b = found({"other": "x"}, {"other": None}, errors=[error])
    transport = MemoryTransport({"a": answers(a), "b": answers(b)})
    plan = users_then(Flatten(("users", "@"), fetch))
    result = await run_plan(plan, "{ users { name } }", transport, SCHEMA)
    assert result.data == {"users": [{"name": "x"}, {"name": None}]}
    assert paths(result) == {("users", 1, "name")}
    assert transport.sent[1][1]["variables"]["representations"] == [
        {"__typename": "Person", "id": "1"},
        {"__typename": "Person", "id": "2"},
    ]


async def test_a_fetch_that_takes_too_long_is_a_timeout_and_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def silent(_body: Body) -> Body:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return {}

    each: list[dict[str, Any]] = [{"timeouts": {"a": 0.01}}, {"deadline": 0.01}, {"timeout": 0.01}]
    for limits in each:
        cancelled.clear()
        transport = MemoryTransport({"a": silent})
        result = await run_plan(USERS, "{ users { id } }", transport, SCHEMA, **limits)
        assert [error.code for error in result.errors] == ["SUBREQUEST_TIMEOUT"]
        assert result.data == {"users": None}
        assert cancelled.is_set()


async def test_cancelling_cancels_every_fetch_and_leaves_no_task() -> None:
    started: list[str] = []
    cancelled: list[str] = []
    both = asyncio.Event()

    def silent(name: str) -> Any:
        async def never(_body: Body) -> Body:
            started.append(name)
            if len(started) == 2:
                both.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(name)
                raise
            return {}

        return never

    plan = Parallel((USERS, Fetch(1, "b", "query", "{ tweets { id } }")))
    transport = MemoryTransport({"a": silent("a"), "b": silent("b")})
    tasks = asyncio.all_tasks()
    running = asyncio.ensure_future(
        run_plan(plan, "{ users { id } tweets { id } }", transport, SCHEMA)
    )
    await both.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(cancelled) == ["a", "b"]
    assert asyncio.all_tasks() == tasks


async def test_claims_are_signed_over_the_body_that_is_sent() -> None:
    transport = MemoryTransport({"a": answers(users())})
    signed: list[bytes] = []

    def sign(body: bytes) -> dict[str, str]:
        signed.append(body)
        return {"x-mt-claims": "c"}

    await run_plan(USERS, "{ users { id } }", transport, SCHEMA, sign=sign)
    assert signed == [transport.requests[0].body]
    assert transport.requests[0].headers["x-mt-claims"] == "c"


async def test_a_subgraph_does_not_tell_of_its_inside() -> None:
    told = {
        "message": "no",
        "extensions": {"code": "X", "stacktrace": ["…"], "exception": {}, "field": "name"},
    }
    transport = MemoryTransport({"a": answers({"errors": [told]})})
    result = await run_plan(USERS, "{ users { id } }", transport, SCHEMA)
    assert result.errors[0].extensions == {"code": "X", "field": "name", "service": "a"}
