"""Live streams as clients see them: frames in turn, then how it ended; over two kinds of client."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, Protocol

from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp

from supergraph.execute.asgi import AsgiTransport
from supergraph.execute.asgi_websocket import WebSocketClosed
from tests.e2e.client import OPERATIONS
from tests.oracles.node import require_node

ORACLES = Path(__file__).resolve().parents[1] / "oracles"
SUBPROTOCOL = "graphql-transport-ws"
SECONDS = 30.0
Event = Mapping[str, Any]


class Stream:
    """One subscription; what has come waits here in order.

    Events are as `tests/oracles/live_clients.mjs` writes them.
    """

    def __init__(self, close: Callable[[], None]) -> None:
        self.events: queue.Queue[Event] = queue.Queue()
        self.close = close

    def next(self) -> Event:
        """The next event, whatever it is."""
        try:
            return self.events.get(timeout=SECONDS)
        except queue.Empty:
            raise AssertionError("nothing came") from None

    def frame(self) -> dict[str, Any]:
        """The data of the next frame, which must have no errors."""
        event = self.next()
        assert "next" in event, event
        assert not event["next"].get("errors"), event
        return event["next"]["data"]

    def closed(self) -> int:
        """The code that the socket is closed with; what comes before is passed over."""
        while "closed" not in (event := self.next()):
            pass
        return event["closed"]

    def nothing_came(self) -> bool:
        """Whether nothing waits."""
        return self.events.empty()


class LiveClients(Protocol):
    """Opens subscriptions to one router."""

    def subscribe(self, operation: str, token: str | None, **variables: Any) -> Stream:
        """Begin `schema/operations/<operation>.graphql` on a socket of its own."""
        ...


class NodeClients:
    """The npm client graphql-ws, which front ends use: one process of node for all streams."""

    def __init__(self) -> None:
        node = require_node()
        self._streams: dict[str, Stream] = {}
        self._process = subprocess.Popen(
            [node, str(ORACLES / "live_clients.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._asking = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def at(self, origin: str) -> LiveClients:
        """Those of one router, by its origin."""
        return _NodeClientsOf(self, f"{origin.replace('http', 'ws', 1)}/graphql")

    def open(self, url: str, token: str | None, query: str, variables: Any) -> Stream:
        """Begin a subscription."""
        name = uuid.uuid4().hex
        stream = self._streams[name] = Stream(lambda: self._ask({"close": name}))
        asked = {"url": url, "token": token, "query": query, "variables": variables}
        self._ask({"open": name, **asked})
        return stream

    def stop(self) -> None:
        """End the process, and with it every socket."""
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(timeout=20)
        self._reader.join()
        assert self._process.stdout
        self._process.stdout.close()

    def _ask(self, asked: object) -> None:
        assert self._process.stdin
        with self._asking:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            event = json.loads(line)
            self._streams[event["stream"]].events.put(event)


class _NodeClientsOf:
    def __init__(self, clients: NodeClients, url: str) -> None:
        self._clients = clients
        self._url = url

    def subscribe(self, operation: str, token: str | None, **variables: Any) -> Stream:
        return self._clients.open(self._url, token, text_of(operation), variables)


class InProcessClients:
    """The protocol spoken to an application in this process, which opens no port."""

    def __init__(self, router: ASGIApp, portal: BlockingPortal) -> None:
        self._transport = AsgiTransport({"router": router})
        self._portal = portal
        self._running: list[Future[None]] = []

    def subscribe(self, operation: str, token: str | None, **variables: Any) -> Stream:
        """Begin a subscription on a WebSocket of its own."""
        asked = {"query": text_of(operation), "variables": variables}

        def close() -> None:
            running.cancel()

        stream = Stream(close)
        running = self._portal.start_task_soon(self._run, stream, token, asked)
        self._running.append(running)
        return stream

    def close(self) -> None:
        """End every stream that a test has left open: the application could not stop."""
        for running in self._running:
            running.cancel()

    async def _run(self, stream: Stream, token: str | None, asked: object) -> None:
        payload = {"authorization": f"Bearer {token}"} if token else {}
        session = self._transport.websocket("router", "/graphql", [SUBPROTOCOL])
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(session)
                session.send_json({"type": "connection_init", "payload": payload})
                while True:
                    message = await session.receive_json()
                    if message["type"] == "connection_ack":
                        session.send_json({"type": "subscribe", "id": "1", "payload": asked})
                    elif message["type"] == "ping":
                        session.send_json({"type": "pong"})
                    elif event := event_of(message):
                        stream.events.put(event)
            except WebSocketClosed as closed:
                stream.events.put({"closed": closed.code})


def event_of(message: Mapping[str, Any]) -> Event | None:
    """What the npm client would tell of a message."""
    kinds: dict[str, Callable[[], Event]] = {
        "next": lambda: {"next": message["payload"]},
        "error": lambda: {"errors": message["payload"]},
        "complete": lambda: {"complete": True},
    }
    return kinds[message["type"]]() if message["type"] in kinds else None


def text_of(operation: str) -> str:
    """The text of a stored operation."""
    return (OPERATIONS / f"{operation}.graphql").read_text()
