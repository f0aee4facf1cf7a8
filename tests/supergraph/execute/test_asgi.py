"""The in-process transport: lifespan, streaming, disconnection, WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from supergraph.execute.asgi import AsgiTransport
from supergraph.execute.asgi_lifespan import LifespanFailed
from supergraph.execute.asgi_websocket import WebSocketClosed
from supergraph.execute.transport import SubgraphRequest, SubgraphUnreachable

REQUEST = SubgraphRequest("s", "query", b'{"query":"{a}"}', {"X-Claims": "c"})


class App:
    """A subgraph that tells what happens to it."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.gone = asyncio.Event()
        self.next_chunk = asyncio.Event()
        self.app = Starlette(
            routes=[
                Route("/graphql", self.echo, methods=["POST"]),
                Route("/stream", self.stream, methods=["POST"]),
                Route("/crash", self.crash, methods=["POST"]),
                Route("/silent", self.silent, methods=["POST"]),
                WebSocketRoute("/ws", self.websocket),
            ],
            lifespan=self.lifespan,
        )

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncGenerator[dict[str, Any]]:
        self.log.append("start")
        yield {"store": "open"}
        self.log.append("stop")

    async def echo(self, request: Request) -> Response:
        body = await request.body()
        return JSONResponse(
            {
                "body": body.decode(),
                "claims": request.headers["x-claims"],
                "store": request.state.store,
            },
            status_code=418,
        )

    async def stream(self, _request: Request) -> Response:
        async def chunks() -> AsyncIterator[bytes]:
            try:
                yield b"one"
                await self.next_chunk.wait()
                yield b"two"
                await asyncio.Event().wait()
            finally:
                self.gone.set()

        return StreamingResponse(chunks())

    async def crash(self, _request: Request) -> Response:
        raise ZeroDivisionError("boom")

    async def silent(self, _request: Request) -> Response:
        try:
            await asyncio.Event().wait()
        finally:
            self.gone.set()
        return Response()

    async def websocket(self, socket: WebSocket) -> None:
        if "graphql-transport-ws" not in socket.scope["subprotocols"]:
            await socket.close(4406, "no subprotocol")
            return
        await socket.accept("graphql-transport-ws")
        try:
            while True:
                message = await socket.receive_json()
                if message == "close":
                    await socket.close(4400, "told to")
                    return
                await socket.send_json([socket.state.store, message])
        except WebSocketDisconnect as disconnect:
            self.log.append(f"disconnect {disconnect.code}")


async def test_a_request_reaches_the_application_inside_its_lifespan() -> None:
    app = App()
    async with AsgiTransport({"s": app.app}) as transport:
        assert app.log == ["start"]
        response = await transport.send(REQUEST)
    assert app.log == ["start", "stop"]
    assert response.status == 418
    assert response.body == b'{"body":"{\\"query\\":\\"{a}\\"}","claims":"c","store":"open"}'


async def test_lifespans_end_in_the_opposite_order() -> None:
    log: list[str] = []

    def app(name: str) -> Starlette:
        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
            log.append(f"start {name}")
            yield
            log.append(f"stop {name}")

        return Starlette(lifespan=lifespan)

    async with AsgiTransport({"a": app("a"), "b": app("b")}):
        pass
    assert log == ["start a", "start b", "stop b", "stop a"]


async def test_an_application_that_cannot_start_stops_the_others() -> None:
    good, tasks = App(), asyncio.all_tasks()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        raise RuntimeError("no store")
        yield

    transport = AsgiTransport({"good": good.app, "bad": Starlette(lifespan=lifespan)})
    with pytest.raises(LifespanFailed, match="no store"):
        await transport.__aenter__()
    assert good.log == ["start", "stop"]
    assert asyncio.all_tasks() == tasks


async def test_an_application_without_lifespan_is_served() -> None:
    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async with AsgiTransport({"s": app}) as transport:
        assert (await transport.send(REQUEST)).body == b"{}"


async def test_chunks_come_as_they_are_sent_and_leaving_disconnects() -> None:
    app, tasks = App(), asyncio.all_tasks()
    async with AsgiTransport({"s": app.app}, path="/stream") as transport:
        async with transport.stream(REQUEST) as exchange:
            assert exchange.status == 200
            assert "content-type" not in exchange.headers
            chunks = exchange.chunks()
            assert await anext(chunks) == b"one"
            app.next_chunk.set()
            assert await anext(chunks) == b"two"
            assert not app.gone.is_set()
        assert app.gone.is_set()
    assert asyncio.all_tasks() == tasks


async def test_a_crash_is_a_subgraph_that_cannot_be_reached() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ZeroDivisionError("boom")

    transport = AsgiTransport({"s": app})
    with pytest.raises(SubgraphUnreachable) as raised:
        await transport.send(REQUEST)
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    with pytest.raises(SubgraphUnreachable):
        await transport.send(SubgraphRequest("unknown", "query", b""))


async def test_a_server_error_of_the_application_is_its_answer() -> None:
    async with AsgiTransport({"s": App().app}, path="/crash") as transport:
        assert (await transport.send(REQUEST)).status == 500


async def test_cancelling_leaves_no_task() -> None:
    app = App()
    async with AsgiTransport({"s": app.app}, path="/silent") as transport:
        tasks = asyncio.all_tasks()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await transport.send(REQUEST)
        assert app.gone.is_set()
        assert asyncio.all_tasks() == tasks


async def test_messages_go_both_ways_over_a_websocket() -> None:
    app = App()
    async with AsgiTransport({"s": app.app}) as transport:
        async with transport.websocket("s", "/ws", ["graphql-transport-ws"]) as socket:
            assert socket.subprotocol == "graphql-transport-ws"
            for number in range(3):
                socket.send_json(number)
                assert await socket.receive_json() == ["open", number]
        assert app.log == ["start", "disconnect 1000"]


async def test_the_application_closes_the_websocket() -> None:
    async with (
        AsgiTransport({"s": App().app}) as transport,
        transport.websocket("s", "/ws", ["graphql-transport-ws"]) as socket,
    ):
        socket.send_json("close")
        with pytest.raises(WebSocketClosed) as closed:
            await socket.receive()
        assert (closed.value.code, closed.value.reason) == (4400, "told to")
        with pytest.raises(WebSocketClosed):
            socket.send("more")


async def test_the_application_refuses_the_websocket() -> None:
    async with AsgiTransport({"s": App().app}) as transport:
        with pytest.raises(WebSocketClosed) as closed:
            await transport.websocket("s", "/ws").__aenter__()
        assert closed.value.code == 4406
