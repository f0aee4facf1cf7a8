"""One of two replicas is killed under load: no read fails, no change arrives twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path

import pytest

from stack.ports import free_port
from supergraph.execute.http import HttpTransport
from supergraph.execute.transport import SubgraphRequest, TransportError
from tests.chassis.eventually import eventually

ROOT = Path(__file__).resolve().parents[3]
READERS = 12
KILLS = 5
READ = SubgraphRequest("s", "query", b'{"query":"{x}"}')


class Replica:
    """A uvicorn process that can be killed and started again at its port."""

    def __init__(self, mutations: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/graphql"
        self._environ = {**os.environ, "MUTATIONS": str(mutations), "NAME": self.url}
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        words = ["-m", "uvicorn", "tests.supergraph.execute.killable:app", "--port", str(self.port)]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *words, "--log-level", "error", cwd=ROOT, env=self._environ
        )
        async with HttpTransport({"s": [self.url]}) as transport:
            await eventually(partial(self._answers, transport), seconds=60)

    async def _answers(self, transport: HttpTransport) -> bool:
        with suppress(TransportError):
            return (await transport.send(READ)).status == HTTPStatus.OK
        return False

    async def kill(self) -> None:
        """End it without a word."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
            self._process = None


@asynccontextmanager
async def replicas(mutations: Path) -> AsyncGenerator[tuple[Replica, Replica]]:
    pair = Replica(mutations), Replica(mutations)
    try:
        await asyncio.gather(*(replica.start() for replica in pair))
        yield pair
    finally:
        await asyncio.gather(*(replica.kill() for replica in pair))


class Load:
    """Readers and a writer that go on until told to stop."""

    def __init__(self, transport: HttpTransport) -> None:
        self.reads = 0
        self.answered: Counter[str] = Counter()
        self.failed: list[TransportError] = []
        self.sent = 0
        self.stop = False
        self._transport = transport
        self._turned = asyncio.Condition()

    async def read(self) -> None:
        while not self.stop:
            try:
                response = await self._transport.send(READ)
                assert response.status == HTTPStatus.OK
                self.answered[json.loads(response.body)["extensions"]["by"]] += 1
                self.reads += 1
            except TransportError as error:
                self.failed.append(error)
            async with self._turned:
                self._turned.notify_all()

    async def write(self) -> None:
        while not self.stop:
            self.sent += 1
            body = json.dumps({"query": "mutation { x }", "variables": {"n": self.sent}})
            with suppress(TransportError):
                await self._transport.send(SubgraphRequest("s", "mutation", body.encode()))

    async def more(self, count: int) -> None:
        """Wait for so many more reads."""
        goal = self.reads + count
        async with self._turned:
            await self._turned.wait_for(lambda: self.reads >= goal or bool(self.failed))

    async def shared_by(self, replicas: Iterable[Replica]) -> None:
        """Wait until each has answered some more, as one that was away does after its rest."""
        goals = {replica.url: self.answered[replica.url] + 20 for replica in replicas}
        async with self._turned:
            await self._turned.wait_for(
                lambda: (
                    bool(self.failed)
                    or all(self.answered[url] >= goal for url, goal in goals.items())
                )
            )


@pytest.mark.timeout(120)
async def test_no_read_fails_while_one_of_two_is_killed_and_both_share_the_load(
    tmp_path: Path,
) -> None:
    mutations = tmp_path / "mutations"
    async with (
        replicas(mutations) as pair,
        HttpTransport({"s": [replica.url for replica in pair]}) as transport,
    ):
        load = Load(transport)
        async with asyncio.TaskGroup() as group:
            for work in [load.read] * READERS + [load.write] * 2:
                group.create_task(work())
            for number in range(KILLS):
                await load.shared_by(pair)
                await pair[number % 2].kill()
                await load.more(50)
                await pair[number % 2].start()
            await load.shared_by(pair)
            load.stop = True
    assert not load.failed, load.failed
    arrived = Counter(mutations.read_text().splitlines())
    assert arrived
    assert not [body for body, times in arrived.items() if times > 1]
