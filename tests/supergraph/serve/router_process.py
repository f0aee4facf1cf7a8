"""The router as a process of its own, over a subgraph that streams what the test tells it to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
import yaml

from tests.chassis.eventually import eventually
from tests.supergraph.serve.composed import composed_sdl
from tests.supergraph.serve.streams import SDL, Channel, QuietServer, subgraph

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 60


@dataclass
class RouterProcess:
    """A running router.

    Attributes:
        log: its log lines.
    """

    process: asyncio.subprocess.Process
    url: str
    log: Path

    @property
    def http(self) -> str:
        return f"{self.url}/graphql"

    @property
    def ws(self) -> str:
        return self.http.replace("http", "ws", 1)

    async def get(self, path: str) -> httpx.Response:
        """A GET on a connection of its own, which any worker may answer."""
        async with httpx.AsyncClient(base_url=self.url, timeout=2) as client:
            return await client.get(path)

    def log_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def workers(self) -> list[int]:
        """Process ids of its workers, where it has several."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [
            int(one)
            for one in children
            if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()
        ]

    async def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 40)


@asynccontextmanager
async def streaming_subgraph() -> AsyncGenerator[tuple[str, Channel]]:
    """A real subgraph on a port, in the test's loop: its URL, and what it streams."""
    channel = Channel()
    config = uvicorn.Config(
        subgraph(channel), log_config=None, ws="websockets-sansio", lifespan="off"
    )
    server = QuietServer(config)
    running = asyncio.create_task(server.serve_here())
    try:
        await eventually(lambda: server.started)
        port: int = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/graphql", channel
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def router_process(
    folder: Path,
    configuration: Mapping[str, Any],
    *arguments: str,
    environ: Mapping[str, str] | None = None,
) -> AsyncGenerator[RouterProcess]:
    """`python -m supergraph serve` on a free port, ready to answer.

    Args:
        folder: for its files; an empty one.
        configuration: `router.yaml`.
        arguments: more of the command's.
        environ: besides this process's own.
    """
    command, log = _prepare(folder, configuration), folder / "log"
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *command,
            *arguments,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, "MT_LOG_LEVEL": "warning", **(environ or {})},
        )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), START_SECONDS)).decode()
        assert line, log.read_text()
        router = RouterProcess(process, line.split()[2].removesuffix("/graphql;"), log)
        await eventually(lambda: is_ready(router), seconds=START_SECONDS)
        yield router
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), 40)


def _prepare(folder: Path, configuration: Mapping[str, Any]) -> list[str]:
    folder.mkdir(exist_ok=True)
    supergraph, config = folder / "supergraph.graphql", folder / "router.yaml"
    supergraph.write_text(composed_sdl(a=SDL))
    config.write_text(yaml.safe_dump(dict(configuration)))
    start = [sys.executable, "-m", "supergraph", "serve", "--port", "0"]
    return [*start, "--supergraph", str(supergraph), "--config", str(config)]


async def is_ready(router: RouterProcess) -> bool:
    """Whether the worker that happens to answer is ready."""
    try:
        return (await router.get("/ready")).status_code == 200
    except httpx.TimeoutException:
        return False
