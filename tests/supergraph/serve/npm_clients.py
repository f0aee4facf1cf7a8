"""The npm clients graphql-ws and graphql-sse: one process of node, many operations."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.oracles.node import require_node

ORACLES = Path(__file__).resolve().parents[2] / "oracles"
SECONDS = 30
Event = Mapping[str, Any]


@dataclass
class Stream:
    """One operation; its events are as `tests/oracles/npm_clients.mjs` writes them."""

    name: str
    events: asyncio.Queue[Event] = field(default_factory=asyncio.Queue[Event])

    async def until(self, kind: str) -> Any:
        """The next event of a kind; others before it are passed over."""
        async with asyncio.timeout(SECONDS):
            while kind not in (event := await self.events.get()):
                assert "failed" not in event, event
        return event[kind]

    async def all(self) -> list[Event]:
        """Every event up to the end."""
        seen: list[Event] = []
        async with asyncio.timeout(SECONDS):
            while not seen or not ({"complete", "failed"} & seen[-1].keys()):
                seen.append(await self.events.get())
        return seen


class NpmClients:
    """Opens operations in the process of node."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._streams: dict[str, Stream] = {}

    def open(
        self, client: str, urls: Sequence[str], query: str, *, retries: int = 0, **more: Any
    ) -> Stream:
        """Begin an operation by the client `ws` or `sse`."""
        name = str(len(self._streams) + 1)
        stream = self._streams[name] = Stream(name)
        asked = {"open": name, "client": client, "urls": urls, "query": query, "retries": retries}
        self._ask({**asked, **more})
        return stream

    def close(self, stream: Stream) -> None:
        """End an operation, as when its page is left."""
        self._ask({"close": stream.name})

    async def read(self) -> None:
        """Hand out what comes, to the end of the process."""
        assert self._process.stdout
        async for line in self._process.stdout:
            event = json.loads(line)
            self._streams[event.pop("stream")].events.put_nowait(event)

    def _ask(self, asked: Mapping[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")


@asynccontextmanager
async def npm_clients() -> AsyncGenerator[NpmClients]:
    """The process, ended with the block; skips the test where node or its packages are missing."""
    process = await asyncio.create_subprocess_exec(
        require_node(),
        str(ORACLES / "npm_clients.mjs"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    clients = NpmClients(process)
    reading = asyncio.create_task(clients.read())
    try:
        yield clients
    finally:
        assert process.stdin
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 20)
        await reading
