"""The router as a process over HTTP: audits, health, drain, workers, playground."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from tests.supergraph.serve.composed import NOWHERE, composed_sdl

ROOT = Path(__file__).resolve().parents[3]
ORACLES = ROOT / "tests" / "oracles"


@dataclass
class Router:
    process: asyncio.subprocess.Process
    url: str

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, timeout=20)

    async def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 40)


class SlowSubgraph:
    """A subgraph on a port that answers `slow` only when it is told to."""

    def __init__(self) -> None:
        self.asked, self.go, self.gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        if "slow" in (await request.json())["query"]:
            self.asked.set()
            try:
                await self.go.wait()
            except asyncio.CancelledError:
                self.gone.set()
                raise
            return web.json_response({"data": {"slow": 1}})
        return web.json_response({"data": {"quick": 1}})


@pytest.fixture
async def subgraph() -> AsyncIterator[SlowSubgraph]:
    subgraph = SlowSubgraph()
    app = web.Application()
    app.router.add_post("/graphql", subgraph.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    subgraph.url = f"http://127.0.0.1:{runner.addresses[0][1]}/graphql"
    yield subgraph
    await runner.cleanup()


@asynccontextmanager
async def running(
    folder: Path, url: str, *arguments: str, config: str = ""
) -> AsyncGenerator[Router]:
    file = folder / "supergraph.graphql"
    file.write_text(composed_sdl(a="type Query { quick: Int slow: Int }").replace(NOWHERE, url))
    (folder / "router.yaml").write_text(config or "subgraphs: { a: { timeout: 10 } }")
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "supergraph", "serve", "--supergraph", str(file), "--port", "0"],
        *["--config", str(folder / "router.yaml"), *arguments],
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "MT_LOG_LEVEL": "error"},
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        router = Router(process, line.split()[2].removesuffix("/graphql;"))
        async with router.client() as client:
            await until_ready(client)
        yield router
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), 15)


async def until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while (await client.get("/ready")).status_code != 200:  # noqa: ASYNC110 another process
            await asyncio.sleep(0.05)


async def test_graphql_over_http_audits(tmp_path: Path, subgraph: SlowSubgraph):
    if not (ORACLES / "node_modules" / "graphql-http").is_dir():
        reason = "needs `make oracles`"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    async with running(tmp_path, subgraph.url) as router:
        audit = await asyncio.create_subprocess_exec(
            "node",
            "http_audit.mjs",
            f"{router.url}/graphql",
            cwd=ORACLES,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await asyncio.wait_for(audit.communicate(), 60)
    *shortfalls, summary = map(json.loads, output.splitlines())
    assert shortfalls == []
    assert summary == {"audits": 61, "shortfalls": 0}


async def test_sigterm_finishes_what_is_in_flight(tmp_path: Path, subgraph: SlowSubgraph):
    async with running(tmp_path, subgraph.url) as router, router.client() as client:
        under_way = asyncio.create_task(client.post("/graphql", json={"query": "{ slow }"}))
        await subgraph.asked.wait()
        router.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            while (ready := await client.get("/ready")).status_code == 200:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert ready.json() == {"ready": False, "reason": "draining"}
        subgraph.go.set()
        assert (await under_way).json() == {"data": {"slow": 1}}
        assert await asyncio.wait_for(router.process.wait(), 30) == 0


async def test_what_never_ends_is_cut_off(tmp_path: Path, subgraph: SlowSubgraph):
    config = "subgraphs: { a: { timeout: 60 } }"
    async with running(tmp_path, subgraph.url, config=config) as router, router.client() as client:
        under_way = asyncio.create_task(client.post("/graphql", json={"query": "{ slow }"}))
        await subgraph.asked.wait()
        # The subgraph never answers: without the cut this would wait for its 60 s.
        await router.end()
        assert not subgraph.go.is_set()
        with pytest.raises(httpx.HTTPError):
            (await under_way).raise_for_status()


async def test_a_client_that_goes_away_ends_the_subgraphs_request(
    tmp_path: Path, subgraph: SlowSubgraph
):
    async with running(tmp_path, subgraph.url) as router:
        async with router.client() as client:
            under_way = asyncio.create_task(client.post("/graphql", json={"query": "{ slow }"}))
            await subgraph.asked.wait()
            under_way.cancel()
            await asyncio.gather(under_way, return_exceptions=True)
        await asyncio.wait_for(subgraph.gone.wait(), 5)


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(c) for c in children if b"spawn_main" in Path(f"/proc/{c}/cmdline").read_bytes()]


async def test_workers_share_one_port(tmp_path: Path, subgraph: SlowSubgraph):
    async with running(tmp_path, subgraph.url, "--workers", "2") as router:
        first, second = workers_of(router.process.pid)
        for stopped in (first, second):
            # With one of them stopped, the other has to answer.
            os.kill(stopped, signal.SIGSTOP)
            try:
                async with router.client() as client:
                    await until_ready(client)
                    answer = await client.post("/graphql", json={"query": "{ quick }"})
                    assert answer.json() == {"data": {"quick": 1}}
            finally:
                os.kill(stopped, signal.SIGCONT)
        assert await router.end() == 0
        for ended in (first, second):
            with pytest.raises(ProcessLookupError):
                os.kill(ended, 0)


def test_a_port_that_is_taken_is_told(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        file = tmp_path / "supergraph.graphql"
        file.write_text(composed_sdl(a="type Query { quick: Int }"))
        done = subprocess.run(
            [sys.executable, "-m", "supergraph", "serve", "--port", port, "--supergraph", file],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert json.loads(done.stderr.splitlines()[0])["code"] == "PORT_TAKEN"


async def test_the_playground_is_served_from_our_own_origin(tmp_path: Path, subgraph: SlowSubgraph):
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "secret.txt").write_text("outside")
    config = "playground: page\nplayground_config: settings.json\n"
    async with running(tmp_path, subgraph.url, config=config) as router, router.client() as client:
        answer = await client.get("/")
        assert answer.text.endswith("<title>page</title>")
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert (await client.get("/playground.json")).json() == {}
        (tmp_path / "settings.json").write_text('{"demo": {"username": "x"}}')
        assert (await client.get("/playground.json")).json() == {"demo": {"username": "x"}}
        for path in ("/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt"):
            assert "outside" not in (await client.get(path)).text
        assert (await client.post("/graphql", json={"query": "{ quick }"})).status_code == 200
        assert (await client.get("/health")).json() == {"alive": True}
