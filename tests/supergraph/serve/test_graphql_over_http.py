"""What bad and good requests get over HTTP; the audits run in `test_process.py`."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import httpx
import orjson
import pytest
from starlette.types import Message

from supergraph.serve.configuration import Configuration, CorsSection, LimitsSection
from supergraph.serve.graphql_over_http import GraphQLOverHTTP
from supergraph.serve.request import Answer, GraphQLRequest
from supergraph.serve.router import Router
from tests.supergraph.serve.worlds import Subgraph, ask, serving

SDL = """
type Query {
  open(x: Int, l: Level, i: In): Int
  echo(text: String): String
  hidden: Int @inaccessible
}
type Mutation { burn: Int }
enum Level { LOW HIGH @inaccessible }
input In { a: Int b: Int @inaccessible }
"""
RESPONSE = "application/graphql-response+json"


@pytest.fixture
def subgraph() -> Subgraph:
    return Subgraph(SDL, {"open": 1, "hidden": 2, "burn": 3, "echo": "é"})


@pytest.fixture
async def client(subgraph: Subgraph) -> AsyncIterator[httpx.AsyncClient]:
    settings = Configuration(limits=LimitsSection(body_bytes=10_000))
    async with serving(settings, a=subgraph) as client:
        yield client


async def post(
    client: httpx.AsyncClient, body: bytes, content_type: str = "application/json", **headers: str
) -> httpx.Response:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(
        "/graphql", content=body, headers={"content-type": content_type, **more}
    )


def code(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    assert "data" not in answer.json()
    return error["extensions"]["code"]


def query(text: str, **parameters: Any) -> bytes:
    return orjson.dumps({"query": text, **parameters})


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b'{"query": NaN}', "not JSON"),
        (b'{"query": "\\ud800"}', "not JSON"),
        (b"[" * 5_000, "not JSON"),
        (b'{"query":"{open}","variables":' + b'{"a":' * 1_500 + b"1" + b"}" * 1_501, "not JSON"),
        (b"1", "JSON object"),
        (b"null", "JSON object"),
        (b"{}", "`query`"),
        (b'{"query": ""}', "`query`"),
        (b'{"query": null}', "`query`"),
        (b'{"query": ["{open}"]}', "`query`"),
        (b'{"query": "{open}", "operationName": 1}', "`operationName`"),
        (b'{"query": "{open}", "variables": []}', "`variables`"),
        (b'{"query": "{open}", "variables": "{}"}', "`variables`"),
        (b'{"query": "{open}", "extensions": 1}', "`extensions`"),
    ],
)
@pytest.mark.parametrize("accept", [RESPONSE, "application/json"])
async def test_a_malformed_request_is_refused_by_name(
    client: httpx.AsyncClient, body: bytes, named: str, accept: str
):
    answer = await post(client, body, accept=accept)
    assert answer.status_code == 400
    assert code(answer) == "BAD_REQUEST"
    assert named in answer.json()["errors"][0]["message"]
    assert answer.headers["content-type"] == f"{accept}; charset=utf-8"


async def test_batches_are_refused(client: httpx.AsyncClient, subgraph: Subgraph):
    answer = await post(client, orjson.dumps([{"query": "{open}"}] * 100))
    assert (answer.status_code, code(answer)) == (400, "BATCHING_NOT_SUPPORTED")
    assert subgraph.asked == []


async def test_clients_with_persisted_queries_learn_to_send_the_text(client: httpx.AsyncClient):
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": "00"}}
    answer = await post(client, orjson.dumps({"extensions": extensions}))
    assert code(answer) == "PERSISTED_QUERY_NOT_SUPPORTED"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
        "application/json-patch+json",
        "",
        "application/jsonx",
    ],
)
async def test_only_json_is_read(client: httpx.AsyncClient, content_type: str):
    answer = await post(client, query("{open}"), content_type)
    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    if content_type:
        answer = await client.get(
            "/graphql", params={"query": "{open}"}, headers={"content-type": content_type}
        )
        assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_json_may_be_written_in_other_ways(client: httpx.AsyncClient):
    for content_type in ('application/json; charset="UTF-8"', "Application/JSON;charset=utf8"):
        answer = await post(client, query("{echo}"), content_type)
        assert answer.json() == {"data": {"echo": "é"}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
async def test_other_methods(client: httpx.AsyncClient, method: str):
    answer = await client.request(method, "/graphql")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


async def test_media_types_that_we_do_not_speak(client: httpx.AsyncClient):
    answer = await post(client, query("{open}"), accept="text/html")
    assert (answer.status_code, code(answer)) == (406, "NOT_ACCEPTABLE")


async def test_a_query_by_get(client: httpx.AsyncClient):
    text = "query A($x: Int) { open(x: $x) } query B { echo }"
    parameters = {"query": text, "operationName": "A", "variables": '{"x": 1}', "extensions": ""}
    answer = await client.get("/graphql", params=parameters)
    assert (answer.status_code, answer.json()) == (200, {"data": {"open": 1}})


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({}, "`query`"),
        ({"query": "{open}", "variables": "{"}, "`variables`"),
        ({"query": "{open}", "variables": "[]"}, "`variables`"),
        ({"query": ["{open}", "{echo}"]}, "`query`"),
    ],
)
async def test_wrong_parameters_by_get(
    client: httpx.AsyncClient, parameters: dict[str, Any], named: str
):
    answer = await client.get("/graphql", params=parameters)
    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")
    assert named in answer.json()["errors"][0]["message"]


async def test_a_mutation_by_get_changes_nothing(client: httpx.AsyncClient, subgraph: Subgraph):
    for accept in (RESPONSE, "application/json"):
        answer = await client.get(
            "/graphql", params={"query": "mutation { burn }"}, headers={"accept": accept}
        )
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert subgraph.asked == []


async def test_subscriptions_need_a_stream():
    subgraph = Subgraph("type Query { a: Int } type Subscription { ticks: Int }")
    async with serving(a=subgraph) as client:
        answer = await post(client, query("subscription { ticks }"), accept=RESPONSE)
        assert (answer.status_code, code(answer)) == (406, "SUBSCRIPTION_NEEDS_STREAM")


@pytest.mark.parametrize(
    ("text", "variables", "refused"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ hidden }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ open(l: HIGH) }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ open(i: {b: 1}) }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ _entities(representations: []) { __typename } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ _service { sdl } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ open @join__field(graph: A) }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{ open(x: 2147483648) }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($x: Int) { open(x: $x) }", {"x": 2147483648}, "BAD_USER_INPUT"),
        ("query ($x: Int) { open(x: $x) }", {"x": "1"}, "BAD_USER_INPUT"),
        ("query ($x: Int!) { open(x: $x) }", {}, "BAD_USER_INPUT"),
        ("query ($l: Level) { open(l: $l) }", {"l": "HIGH"}, "BAD_USER_INPUT"),
        ("query ($i: In) { open(i: $i) }", {"i": {"b": 1}}, "BAD_USER_INPUT"),
        ("query A { open } query B { open }", {}, "OPERATION_RESOLUTION_FAILURE"),
        ("{" + " ".join(f"a{n}: open" for n in range(300)) + "}", {}, "LIMIT_EXCEEDED"),
    ],
)
async def test_an_operation_that_cannot_be_run(
    client: httpx.AsyncClient,
    subgraph: Subgraph,
    text: str,
    variables: dict[str, Any],
    refused: str,
):
    body = query(text, variables=variables)
    strict = await post(client, body, accept=RESPONSE)
    lenient = await post(client, body, accept="application/json")
    assert (strict.status_code, lenient.status_code) == (400, 200)
    assert code(strict) == code(lenient) == refused
    assert subgraph.asked == []


@pytest.mark.parametrize("text", ["{ hidde }", "{ open(l: HIG) }", "{ open(i: {bb: 1}) }"])
async def test_no_message_suggests_what_is_inaccessible(client: httpx.AsyncClient, text: str):
    message = (await post(client, query(text))).json()["errors"][0]["message"]
    assert all(word not in message for word in ("hidden", "HIGH", '"b"', "'b'"))


async def test_introspection_shows_what_clients_may_use(client: httpx.AsyncClient):
    asked = (
        "{ __schema { types { name fields { name } enumValues { name } inputFields { name } } } }"
    )
    answer = (await post(client, query(asked))).text
    assert all(word not in answer for word in ('"hidden"', '"HIGH"', '"b"', "join__", "_entities"))


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_bodies(client: httpx.AsyncClient, encoding: str):
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    answer = await post(client, pack(query("{open}")), content_encoding=encoding)
    assert answer.json() == {"data": {"open": 1}}
    bomb = pack(query("{open}" + " " * 50_000_000))
    answer = await post(client, bomb[:9_999], content_encoding=encoding)
    assert (answer.status_code, code(answer)) == (413, "PAYLOAD_TOO_LARGE")
    for body in (b"not compressed", pack(query("{open}"))[:-5], pack(query("{open}")) + b"more"):
        answer = await post(client, body, content_encoding=encoding)
        assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


async def test_other_encodings_and_large_bodies(client: httpx.AsyncClient):
    answer = await post(client, b"", content_encoding="br")
    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    answer = await post(client, query("{open}" + " " * 10_000))
    assert (answer.status_code, code(answer)) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_sites_page_cannot_ask_without_a_preflight(subgraph: Subgraph, site: str):
    async with serving(a=subgraph) as client:

        async def get(**headers: str) -> int:
            more = {name.replace("_", "-"): value for name, value in headers.items()}
            answer = await client.get("/graphql", params={"query": "{open}"}, headers=more)
            return answer.status_code

        assert await get(sec_fetch_site=site) == 400
        assert await get(sec_fetch_site=site, apollo_require_preflight="") == 400
        assert await get(sec_fetch_site=site, apollo_require_preflight="1") == 200
        assert await get(sec_fetch_site=site, content_type="application/json") == 200
        assert await get(sec_fetch_site="same-origin") == 200
        assert await get() == 200
    async with serving(Configuration(csrf="strict"), a=subgraph) as client:
        assert await get() == 400
        assert await get(sec_fetch_site="same-origin") == 400
        assert await get(x_apollo_operation_name="A") == 200
    async with serving(Configuration(csrf="off"), a=subgraph) as client:
        assert await get(sec_fetch_site=site) == 200


async def test_other_origins_read_answers_only_where_configured(subgraph: Subgraph):
    settings = Configuration(cors=CorsSection(origins=("https://app.example.com",)))
    preflight = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    async with serving(settings, a=subgraph) as client:
        for origin, allowed in {
            "https://app.example.com": True,
            "https://evil-app.example.com": False,
            "https://app.example.com.evil.test": False,
            "null": False,
        }.items():
            answer = await client.options("/graphql", headers={**preflight, "origin": origin})
            assert answer.is_success == allowed
            assert (answer.headers.get("access-control-allow-origin") == origin) == allowed
    async with serving(a=subgraph) as client:
        answer = await client.options("/graphql", headers={**preflight, "origin": "https://a.test"})
        assert "access-control-allow-origin" not in answer.headers


async def test_errors_name_the_clients_trace(client: httpx.AsyncClient):
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    answer = await client.post("/graphql", json={"query": "{ nothing }"}, headers=headers)
    assert answer.json()["errors"][0]["extensions"]["traceId"] == trace


async def test_subgraphs_continue_the_clients_trace(client: httpx.AsyncClient, subgraph: Subgraph):
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    await client.post("/graphql", json={"query": "{ open }"}, headers=headers)
    assert trace in subgraph.headers[0]["traceparent"]


async def test_a_subgraph_that_is_down_leaves_the_rest(subgraph: Subgraph):
    down = Subgraph("type Query { gone: Int }", {"gone": 1})
    async with serving(a=subgraph, b=down) as client:
        down.root = {"gone": ValueError("secret text")}
        answer = await ask(client, "{ open gone }")
    assert answer["data"] == {"open": 1, "gone": None}
    assert [error["path"] for error in answer["errors"]] == [["gone"]]


def endpoint_answering(
    work: Callable[..., Awaitable[Answer]], monkeypatch: pytest.MonkeyPatch
) -> GraphQLOverHTTP:
    """The endpoint over a pipeline of the test's own."""
    monkeypatch.setattr("supergraph.serve.graphql_over_http.answer", work)
    router = cast("Router", object())
    return GraphQLOverHTTP(lambda: router, Configuration())


async def test_a_client_that_goes_away_ends_the_work(monkeypatch: pytest.MonkeyPatch):
    started, ended = asyncio.Event(), asyncio.Event()

    async def work(_: GraphQLRequest, _router: object) -> Answer:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    body = query("{open}")
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await started.wait()
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        raise AssertionError("nobody is there")

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers}
    async with asyncio.timeout(5):
        await endpoint_answering(work, monkeypatch)(scope, receive, send)
    assert ended.is_set()


async def test_an_answer_that_json_cannot_hold_is_our_fault(monkeypatch: pytest.MonkeyPatch):
    async def work(_: GraphQLRequest, _router: object) -> Answer:
        return Answer({"data": {"a": object()}})

    transport = httpx.ASGITransport(app=endpoint_answering(work, monkeypatch))
    async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
        answer = await post(client, query("{open}"))
    assert (answer.status_code, code(answer)) == (500, "INTERNAL_SERVER_ERROR")
