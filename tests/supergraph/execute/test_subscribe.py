"""Hand-written plans of subscriptions: what each frame becomes, and how a stream ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from chassis.telemetry import configure_traces
from supergraph.execute import ExecutionResult
from supergraph.execute.transport import SubgraphTimeout, SubgraphUnreachable
from supergraph.federation.field_set import parse_field_set
from supergraph.query_plan.nodes import Fetch, Flatten, Sequence, Subscription
from tests.supergraph.execute.memory import (
    Answer,
    Body,
    MemoryTransport,
    Stream,
    Subgraph,
    answers,
    open_plan,
)

SCHEMA = """
type Query { x: Int }
type Subscription { added(n: Int): Tweet  must: Tweet!  thread: Event }
type Event { cursor: String! reply: Tweet  again: [Tweet] }
type Tweet { id: ID! text: String author: User }
type User { id: ID! name: String }
"""
ADDED = Fetch(0, "a", "subscription", "subscription { added { __typename id } }")
THREAD = Fetch(
    0,
    "a",
    "subscription",
    "subscription { thread { cursor reply { __typename id } again { __typename id } } }",
)


def entities(of: str, fields: str, number: int, subgraph: str, after: int = 0) -> Fetch:
    text = "query($representations: [_Any!]!) { _entities(representations: $representations) "
    return Fetch(
        number,
        subgraph,
        "query",
        text + f"{{ ... on {of} {{ {fields} }} }} }}",
        requires=parse_field_set(f"... on {of} {{ __typename id }}"),
        after=(after,),
    )


TEXTS = Flatten(("added",), entities("Tweet", "text", 1, "b"))
PLAN = Subscription(ADDED, TEXTS)
QUERY = "subscription { added { text } }"


def tweet(number: int) -> Body:
    return {"data": {"added": {"__typename": "Tweet", "id": str(number)}}}


def stream(*frames: Body | bytes | Exception) -> Stream:
    async def give(_body: Body) -> AsyncGenerator[Body | bytes | Exception, None]:
        for frame in frames:
            yield frame

    return give


def texts(body: Body) -> Answer:
    """A subgraph that knows the text of every tweet but those whose id is 0."""
    found = [
        {"text": f"text {each['id']}"} if each["id"] != "0" else None
        for each in body["variables"]["representations"]
    ]
    return {"data": {"_entities": found}}


def transport(*frames: Body | bytes | Exception, b: Any = texts, c: Any = None) -> MemoryTransport:
    return MemoryTransport({"b": b, "c": c}, {"a": stream(*frames)})


async def listen(
    over: MemoryTransport, plan: Subscription = PLAN, query: str = QUERY, **context: Any
) -> list[Body]:
    opened = await open_plan(plan, query, over, SCHEMA, **context)
    assert not isinstance(opened, ExecutionResult), opened
    return [result.to_json() async for result in opened]


def codes(result: Body) -> list[str]:
    return [error["extensions"]["code"] for error in result.get("errors", ())]


async def test_each_frame_is_filled_by_the_others_and_they_stay_in_order() -> None:
    first_may_go = asyncio.Event()
    asked: list[str] = []
    is_asked = asyncio.Event()

    async def slow(body: Body) -> Body:
        number = body["variables"]["representations"][0]["id"]
        asked.append(number)
        is_asked.set()
        if number == "1":
            await first_may_go.wait()
        return {"data": {"_entities": [{"text": f"text {number}"}]}}

    over = transport(tweet(1), tweet(2), tweet(3), b=slow)
    listening = asyncio.ensure_future(listen(over))
    await is_asked.wait()
    assert asked == ["1"]
    first_may_go.set()
    assert await listening == [{"data": {"added": {"text": f"text {n}"}}} for n in (1, 2, 3)]
    assert asked == ["1", "2", "3"]


async def test_the_subgraph_is_asked_once_and_gets_what_a_websocket_needs() -> None:
    signed: list[bytes] = []

    def sign(body: bytes) -> dict[str, str]:
        signed.append(body)
        return {"x-mt-claims": "c"}

    fetch = Fetch(
        0, "a", "subscription", "subscription($n: Int) { added(n: $n) { id } }", variables=("n",)
    )
    over = transport(tweet(1), tweet(2))
    await listen(
        over, Subscription(fetch), "subscription { added { id } }", variables={"n": 3}, sign=sign
    )
    (request,) = over.requests
    assert request.kind == "subscription"
    assert json.loads(request.body) == {"query": fetch.operation, "variables": {"n": 3}}
    assert request.headers == {"x-mt-claims": "c"}
    assert signed == [b""]


async def test_a_frame_whose_entity_is_gone_is_left_out() -> None:
    results = await listen(transport(tweet(1), tweet(0), tweet(2)))
    assert results == [{"data": {"added": {"text": f"text {n}"}}} for n in (1, 2)]


async def test_one_gone_entity_of_several_takes_the_whole_frame_with_it() -> None:
    def event(*ids: int) -> Body:
        first, *others = ({"__typename": "Tweet", "id": str(n)} for n in ids)
        return {"data": {"thread": {"cursor": "c", "reply": first, "again": others}}}

    look_up = entities("Tweet", "text", 1, "b")
    plan = Subscription(THREAD, Flatten(("thread", "again", "@"), look_up))
    query = "subscription { thread { cursor again { text } } }"
    results = await listen(transport(event(1, 2, 3), event(1, 2, 0), event(1)), plan, query)
    assert [len(result["data"]["thread"]["again"]) for result in results] == [2, 0]


async def test_an_entity_that_another_subgraph_named_may_be_gone() -> None:
    """Only what the subscription's own subgraph names decides on the frame."""

    def authors(body: Body) -> Answer:
        return {"data": {"_entities": [{"author": {"__typename": "User", "id": "0"}}]}}

    def nobody(body: Body) -> Answer:
        return {"data": {"_entities": [None]}}

    rest = (
        Flatten(("added",), entities("Tweet", "author { __typename id }", 1, "b")),
        Flatten(("added", "author"), entities("User", "name", 2, "c", after=1)),
    )

    plan = Subscription(ADDED, Sequence(rest))
    query = "subscription { added { id author { name } } }"
    results = await listen(transport(tweet(1), b=authors, c=nobody), plan, query)
    assert results == [{"data": {"added": {"id": "1", "author": {"name": None}}}}]


async def test_a_null_of_the_frame_itself_stays() -> None:
    plan = Subscription(THREAD, Flatten(("thread", "reply"), entities("Tweet", "text", 1, "b")))
    deleted = {"data": {"thread": {"cursor": "c", "reply": None, "again": None}}}
    query = "subscription { thread { cursor reply { text } } }"
    over = transport(deleted)
    assert await listen(over, plan, query) == [{"data": {"thread": {"cursor": "c", "reply": None}}}]
    assert [name for name, _ in over.sent] == ["a"]


@pytest.mark.parametrize(
    "broken",
    [
        SubgraphUnreachable(),
        {"errors": [{"message": "no"}]},
        {"data": {"_entities": [None]}, "errors": [{"message": "no", "path": ["_entities", 0]}]},
        b"garbage",
    ],
)
async def test_an_owner_that_fails_leaves_the_frame_with_a_null_and_the_error(broken: Any) -> None:
    first, last = await listen(transport(tweet(1), tweet(2), b=answers_then(broken, texts)))
    assert first["data"] == {"added": {"text": None}}
    assert [error["path"] for error in first["errors"]] == [["added"]]
    assert last == {"data": {"added": {"text": "text 2"}}}


def answers_then(first: Any, then: Subgraph) -> Subgraph:
    left = [first]
    return lambda body: left.pop() if left else then(body)


async def test_a_frame_with_errors_is_handled_as_an_answer() -> None:
    frame = {
        "data": {"added": None},
        "errors": [{"message": "boom", "path": ["added"], "extensions": {"code": "X"}}],
    }
    error = {
        "message": "boom",
        "path": ["added"],
        "extensions": {"code": "X", "service": "a"},
    }
    results = await listen(transport(frame, tweet(1)))
    assert results == [
        {"errors": [error], "data": {"added": None}},
        {"data": {"added": {"text": "text 1"}}},
    ]


async def test_a_null_where_none_may_be_makes_the_whole_frame_null() -> None:
    fetch = Fetch(0, "a", "subscription", "subscription { must { id } }")
    plan, query = Subscription(fetch), "subscription { must { id } }"
    (result,) = await listen(transport({"data": {"must": None}}), plan, query)
    assert result["data"] is None
    assert [error["path"] for error in result["errors"]] == [["must"]]


async def test_denied_fields_are_denied_in_each_frame() -> None:
    denied = {("Tweet", "text"): "UNAUTHENTICATED"}
    for result in await listen(transport(tweet(1), tweet(2)), denied=denied):
        assert result["data"] == {"added": {"text": None}}
        assert codes(result) == ["UNAUTHENTICATED"]


async def test_aliases_fragments_and_conditions_hold_in_each_frame() -> None:
    fetch = Fetch(0, "a", "subscription", "subscription { x: added { __typename id } }")
    plan = Subscription(fetch, Flatten(("x",), entities("Tweet", "t: text", 1, "b")))
    query = """subscription { x: added { __typename ...F id @skip(if: true) } }
    fragment F on Tweet { t: text }"""
    over = transport(
        {"data": {"x": {"__typename": "Tweet", "id": "1"}}},
        b=answers({"data": {"_entities": [{"t": "hi"}]}}),
    )
    assert await listen(over, plan, query) == [{"data": {"x": {"__typename": "Tweet", "t": "hi"}}}]


async def test_a_frame_that_is_no_answer_is_an_error_and_the_stream_goes_on() -> None:
    first, last = await listen(transport(b"[1]", tweet(1)))
    assert (first["data"], codes(first)) == ({"added": None}, ["SUBREQUEST_MALFORMED_RESPONSE"])
    assert last["data"]["added"]["text"] == "text 1"


async def test_a_stream_that_breaks_off_says_so_and_ends() -> None:
    first, last = await listen(transport(tweet(1), SubgraphUnreachable(), tweet(2)))
    assert first["data"]["added"]["text"] == "text 1"
    assert (last["data"], codes(last)) == (None, ["SUBSCRIPTION_INTERRUPTED"])
    assert last["errors"][0]["extensions"]["service"] == "a"


async def test_a_stream_that_its_subgraph_refuses_has_no_data_at_all() -> None:
    refusal = {
        "errors": [{"message": "bad", "path": ["added"], "extensions": {"code": "BAD_CURSOR"}}]
    }
    (only,) = await listen(transport(refusal))
    assert "data" not in only
    assert (only["errors"][0]["path"], codes(only)) == (["added"], ["BAD_CURSOR"])


async def test_a_stream_that_its_subgraph_gives_up_tells_why_and_ends() -> None:
    first, last = await listen(
        transport(tweet(1), {"errors": [{"message": "store is away"}]}, tweet(2))
    )
    assert first["data"]["added"]["text"] == "text 1"
    assert last["data"] is None
    assert last["errors"][0]["message"] == "store is away"


async def test_a_stream_that_cannot_begin_is_one_result() -> None:
    class Away(MemoryTransport):
        async def subscribe(self, request: Any) -> AsyncGenerator[bytes, None]:
            raise SubgraphTimeout

    result = await open_plan(PLAN, QUERY, Away({}), SCHEMA)
    assert isinstance(result, ExecutionResult)
    assert "data" not in result.to_json()
    assert [error.code for error in result.errors] == ["SUBREQUEST_TIMEOUT"]


async def test_a_stream_that_does_not_begin_in_time_is_one_result() -> None:
    class Silent(MemoryTransport):
        async def subscribe(self, request: Any) -> AsyncGenerator[bytes, None]:
            await asyncio.Event().wait()
            raise AssertionError

    result = await open_plan(PLAN, QUERY, Silent({}), SCHEMA, deadline=0.01)
    assert isinstance(result, ExecutionResult)
    assert [error.code for error in result.errors] == ["SUBREQUEST_TIMEOUT"]


async def test_a_subscription_of_which_nothing_may_be_seen_asks_nobody() -> None:
    denied = {("Subscription", "added"): "UNAUTHENTICATED"}
    result = await open_plan(None, QUERY, MemoryTransport({}), SCHEMA, denied=denied)
    assert isinstance(result, ExecutionResult)
    assert "data" not in result.to_json()
    assert [error.code for error in result.errors] == ["UNAUTHENTICATED"]


async def test_the_time_of_each_frame_is_its_own(passing: Passing) -> None:
    """A stream outlives its deadline many times; what is late is late within its frame."""

    async def slow(body: Body) -> Body:
        passing.seconds += 40
        await asyncio.sleep(0)  # lets a deadline that is over strike
        answer = texts(body)
        assert isinstance(answer, dict)
        return answer

    frames = [tweet(n) for n in range(1, 7)]
    time: dict[str, Any] = {"deadline": 100, "timeout": 1000}
    assert all(not codes(result) for result in await listen(transport(*frames, b=slow), **time))

    async def never() -> Body:
        passing.seconds += 101
        await asyncio.Event().wait()
        raise AssertionError

    over = transport(tweet(1), tweet(2), b=answers_then(never(), texts))
    first, last = await listen(over, **time)
    assert (codes(first), codes(last)) == (["SUBREQUEST_TIMEOUT"], [])


class Passing:
    """Time that has passed for the event loop besides the real one."""

    seconds = 0.0


@pytest.fixture
async def passing(monkeypatch: pytest.MonkeyPatch) -> Passing:
    loop, passing = asyncio.get_running_loop(), Passing()
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + passing.seconds)
    return passing


class Watched:
    """A stream whose frames come when the test says so."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[Body] = asyncio.Queue()

    async def __call__(self, _body: Body) -> AsyncGenerator[Body | bytes | Exception, None]:
        while True:
            yield await self.frames.get()


@pytest.mark.parametrize("frames", [0, 1])
async def test_closing_ends_the_stream_even_before_its_first_frame(frames: int) -> None:
    watched = Watched()
    over = MemoryTransport({"b": texts}, {"a": watched})
    opened = await open_plan(PLAN, QUERY, over, SCHEMA)
    assert not isinstance(opened, ExecutionResult)
    for number in range(frames):
        watched.frames.put_nowait(tweet(number + 1))
        await anext(opened)
    await opened.aclose()
    assert over.ended == 1


async def test_cancelling_whoever_waits_ends_the_stream_and_the_fetches() -> None:
    watched, asked, gone = Watched(), asyncio.Event(), asyncio.Event()

    async def silent(_body: Body) -> Body:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()
        raise AssertionError

    before = asyncio.all_tasks()
    over = MemoryTransport({"b": silent}, {"a": watched})
    opened = await open_plan(PLAN, QUERY, over, SCHEMA)
    assert not isinstance(opened, ExecutionResult)
    watched.frames.put_nowait(tweet(1))
    waiting = asyncio.ensure_future(anext(opened))
    await asked.wait()
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    assert gone.is_set()
    assert over.ended == 1
    assert asyncio.all_tasks() == before


async def test_a_frame_continues_the_trace_that_it_names(tmp_path: Any) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    frame = tweet(1) | {"extensions": {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}}
    configure_traces("router", traces=f"file:{tmp_path / 'spans'}")
    try:
        over = transport(frame, tweet(2))
        await listen(over)
    finally:
        configure_traces("router")
    spans = [json.loads(line) for line in (tmp_path / "spans").read_text().splitlines()]
    first, second = (span for span in spans if span["name"] == "frame")
    assert (first["trace_id"], first["parent_id"]) == (trace, "b7ad6b7169203331")
    assert second["trace_id"] != trace
    fetches = [r.headers["traceparent"] for r in over.requests if r.subgraph == "b"]
    assert trace in fetches[0]
    assert trace not in fetches[1]
