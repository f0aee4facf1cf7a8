from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from chassis.identity import CLAIMS_HEADER, SIGNATURE_HEADER, Client, Viewer, sign_claims
from chassis.server import ServiceApp, service_app
from stack.ports import free_port
from tests.chassis.eventually import eventually

PROJECT = Path(__file__).resolve().parents[2]
SECRET = b"s" * 32
VIEWER = Viewer("11111111-2222-7333-8444-555555555555", "session", frozenset({"read"}), 9)
MIB = 1024 * 1024


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says who asked what."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})
        return
    viewer = scope["state"]["viewer"]
    body = await Request(scope, receive).body()
    answer = {"viewer": viewer.id if viewer else None, "body": body.decode()}
    await JSONResponse(answer)(scope, receive, send)


@asynccontextmanager
async def nothing(_: Starlette) -> AsyncGenerator[None]:
    yield


async def is_ready() -> None:
    return


async def keys(_: Request) -> PlainTextResponse:
    return PlainTextResponse("keys")


def app_of(**changes: Any) -> ServiceApp:
    parts: dict[str, Any] = {
        "graphql": echo,
        "router_secret": SECRET,
        "ready": is_ready,
        "lifespan": nothing,
        "open_routes": [Route("/.well-known/jwks.json", keys)],
    }
    return service_app("test", **(parts | changes))


def client_of(app: ServiceApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_lets_in_what_the_router_signed_with_its_viewer():
    body = b'{"query": "{ me { id } }"}'
    async with client_of(app_of()) as client:
        for viewer, shown in ((VIEWER, VIEWER.id), (None, None)):
            headers = sign_claims(SECRET, body, viewer)
            answer = await client.post("/graphql", content=body, headers=headers)
            assert answer.json() == {"viewer": shown, "body": body.decode()}


async def test_hands_on_the_client_that_the_router_signed_and_no_other():
    seen: list[Client] = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["state"]["client"])
        await PlainTextResponse("noted")(scope, receive, send)

    own = {"user-agent": "the router's library", "x-forwarded-for": "192.0.2.66"}
    client = Client("192.0.2.1", "Firefox")
    for secret, signed in (
        (SECRET, sign_claims(SECRET, b"x", VIEWER, client)),
        (SECRET, sign_claims(SECRET, b"x", VIEWER)),
        (None, {}),
    ):
        async with client_of(app_of(graphql=note, router_secret=secret)) as http:
            await http.post("/graphql", content=b"x", headers=own | signed)
    assert seen == [client, Client(), Client()]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x", {}),
        (b"y", sign_claims(SECRET, b"x", VIEWER)),
        (b"x", sign_claims(b"t" * 32, b"x", VIEWER)),
        (b"x", sign_claims(SECRET, b"x", VIEWER, now=0)),
        (b"x", {CLAIMS_HEADER: "bnVsbA==", SIGNATURE_HEADER: "t=1,v1="}),
        (b"x", {"x-user-id": VIEWER.id, "authorization": "Bearer x"}),
    ],
)
async def test_refuses_everything_else_and_the_app_never_hears_of_it(
    body: bytes, headers: dict[str, str]
):
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    async with client_of(app_of(graphql=never)) as client:
        for path in ("/graphql", "/", "/graphql/", "/anything", "//health", "/HEALTH"):
            answer = await client.post(path, content=body, headers=headers)
            assert answer.status_code == 401
            assert answer.json()["errors"][0]["extensions"] == {"code": "NOT_FROM_ROUTER"}


@pytest.mark.parametrize("name", [CLAIMS_HEADER, SIGNATURE_HEADER])
async def test_refuses_a_header_that_comes_twice(name: str):
    headers = list(sign_claims(SECRET, b"x", VIEWER).items())
    twice = [*headers, (name, dict(headers)[name])]
    async with client_of(app_of()) as client:
        assert (await client.post("/", content=b"x", headers=twice)).status_code == 401


async def test_without_a_secret_everybody_may_ask():
    async with client_of(app_of(router_secret=None)) as client:
        assert (await client.post("/graphql", content=b"x")).json() == {"viewer": None, "body": "x"}


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_of_one_mib_is_let_in_and_no_larger_one(chunked: bool):
    async def parts(body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    async with client_of(app_of()) as client:
        for length, status in ((MIB, 200), (MIB + 1, 413)):
            body = b"x" * length
            headers = sign_claims(SECRET, body, None)
            content = parts(body) if chunked else body
            answer = await client.post("/graphql", content=content, headers=headers)
            assert answer.status_code == status


async def test_an_endless_body_is_refused_after_one_mib():
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 65_536
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": []}
    await app_of()(scope, receive, send)
    assert sent[0]["status"] == 413
    assert taken <= MIB + 65_536


async def websocket(app: ServiceApp, headers: dict[str, str]) -> list[str]:
    sent: list[str] = []
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/graphql", "headers": raw, "subprotocols": []}
    await app(scope, receive, send)
    return sent


async def test_a_websocket_needs_the_signature_too():
    assert await websocket(app_of(), {}) == ["websocket.close"]
    signed = sign_claims(SECRET, b"", VIEWER)
    assert await websocket(app_of(), signed) == ["websocket.accept", "websocket.close"]


async def test_a_handshake_that_is_refused_is_logged_with_its_status():
    async def refuses(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.http.response.start", "status": 418, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})

    with structlog.testing.capture_logs() as lines:
        await websocket(app_of(graphql=refuses, router_secret=None), {})
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["status"], line["method"]) == (418, "WEBSOCKET")


async def test_health_metrics_and_open_routes_need_no_signature():
    async with client_of(app_of()) as client:
        assert (await client.get("/health")).json() == {"alive": True}
        assert (await client.get("/.well-known/jwks.json")).text == "keys"
        await client.post("/graphql", content=b"x")
        metrics = (await client.get("/metrics")).text
    assert 'http_request_seconds_count{service="test",status="401"}' in metrics


async def test_ready_says_why_not_and_gives_nothing_away():
    async def broken() -> None:
        raise ConnectionRefusedError("postgres://user:password@host")

    async with client_of(app_of(ready=broken)) as client:
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["reason"]) == (503, "ConnectionRefusedError")
        assert "password" not in answer.text
    app = app_of()
    async with client_of(app) as client:
        assert (await client.get("/ready")).status_code == 200
        app.draining = True
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["reason"]) == (503, "draining")
        assert (await client.post("/x")).headers["connection"] == "close"


async def test_an_app_that_fails_is_counted_and_logged_as_500():
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("inside")

    with structlog.testing.capture_logs() as lines:
        async with client_of(app_of(graphql=fails, router_secret=None)) as client:
            with pytest.raises(ValueError, match="inside"):
                await client.post("/graphql")
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["status"], line["path"], line["method"]) == (500, "/graphql", "POST")


async def test_a_long_answer_hears_that_the_client_has_left():
    heard: list[str] = []

    async def streams(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append((await receive())["type"])
        heard.append((await receive())["type"])

    messages = iter([{"type": "http.request", "body": b""}, {"type": "http.disconnect"}])

    async def receive() -> Message:
        return next(messages)

    async def send(_: Message) -> None:
        return

    signed = sign_claims(SECRET, b"", None)
    raw = [(name.encode(), value.encode()) for name, value in signed.items()]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": raw}
    await app_of(graphql=streams)(scope, receive, send)
    assert heard == ["http.request", "http.disconnect"]


class Served:
    """`served.py` as a process of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []
        self.logs = b""

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chassis.served", str(self.port)),
            cwd=PROJECT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.gather(self._read_lines(), self._read_logs())
        await eventually(self.answers)

    async def _read_lines(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.lines.append(line.decode().strip())

    async def _read_logs(self) -> None:
        assert self.process.stderr is not None
        self.logs = await self.process.stderr.read()

    async def answers(self) -> bool:
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(f"{self.url}/ready")).status_code == 200
            except httpx.TransportError:
                return False

    async def end(self) -> int:
        code = await self.process.wait()
        await self._reading
        return code

    async def close(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.end()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    served = Served()
    await served.start()
    yield served
    await served.close()


async def test_a_signal_turns_ready_off_then_ends_the_service_after_what_is_in_flight(
    served: Served,
):
    async with httpx.AsyncClient(base_url=served.url, timeout=10) as client:
        slow = asyncio.create_task(client.get("/slow"))
        await eventually(lambda: "asked /slow" in served.lines)
        served.process.send_signal(signal.SIGTERM)

        async def not_ready() -> bool:
            return (await client.get("/ready")).status_code == 503

        await eventually(not_ready)
        answer = await slow
    assert (answer.status_code, answer.text) == (200, "done")
    assert await served.end() == 0
    assert (served.lines[0], served.lines[-1]) == ("opened", "closed")
    requests = [json.loads(line) for line in served.logs.splitlines() if b'"request"' in line]
    assert [(one["path"], one["status"]) for one in requests] == [("/slow", 200)]


async def test_what_takes_longer_than_the_drain_is_given_up(served: Served):
    async with httpx.AsyncClient(base_url=served.url, timeout=20) as client:
        endless = asyncio.create_task(client.get("/endless"))
        await eventually(lambda: "asked /endless" in served.lines)
        served.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            assert await served.end() == 0
        with pytest.raises((httpx.TransportError, AssertionError)):
            assert (await endless).status_code == 200
    assert served.lines[-1] == "closed"


async def test_a_second_signal_ends_it_at_once(served: Served):
    async with httpx.AsyncClient(base_url=served.url, timeout=20) as client:
        endless = asyncio.create_task(client.get("/endless"))
        await eventually(lambda: "asked /endless" in served.lines)
        served.process.send_signal(signal.SIGINT)

        async def not_ready() -> bool:
            return (await client.get("/ready")).status_code == 503

        await eventually(not_ready)
        served.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(2.5):
            await served.end()
        await asyncio.gather(endless, return_exceptions=True)
