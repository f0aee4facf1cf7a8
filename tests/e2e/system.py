"""The whole system as separate processes, started as `make up` starts them, two of each."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import httpx

from stack.assembly import Assembly
from stack.credentials import write_private
from stack.folders import Folders
from stack.neo4j import QUICK_START, Neo4j
from stack.order import REPLICATED, STORES, processes_of, service_of, start_in_order
from stack.ports import free_port, variable
from stack.server import Server
from stack.services import Service
from tests.network import PATIENT
from tests.servers import OwnServer, RunningServer, Servers

ROOT = Path(__file__).resolve().parents[2]
# Nothing of the demo world, and no viewer of traces.
WITHOUT = frozenset({"bot", "zipkin"})


class System:
    """Everything that runs, each part of which a test may kill and start again.

    Args:
        servers: of the run.
        replicas: how many processes of each subgraph and of the router.
        traces: MT_TRACES of every process; a file of its own where nothing is said.

    Attributes:
        http: a client of the first router's origin.
        traces: the file that every service writes its spans to, one JSON object a line.
        parts: `postgres`, `nats`, `redis`, `neo4j`, `users`, `users-2`, …, `router-2`.
    """

    def __init__(self, servers: Servers, *, replicas: int = 2, traces: str | None = None) -> None:
        self._servers = servers
        self.folder = servers.new_folder("system")
        self.traces = self.folder / "traces.jsonl"
        self._traces = traces or f"file:{self.traces}"
        own = {"MT_STACK": str(self.folder), "MT_REPLICAS": str(replicas)}
        environ = {**os.environ, **own, **_ports(replicas)}
        self.assembly = Assembly.of(Folders.of(ROOT, environ), environ, servers.log)
        self.parts: dict[str, RunningServer] = {}
        self.http = httpx.Client(base_url=self.url("router"), timeout=30)

    def start(self) -> None:
        """Start everything, what is asked before what asks."""
        needs = self.assembly.needs(WITHOUT)
        started = self._servers.run(start_in_order(needs, self._start, self._servers.log))
        assert started == needs.keys()

    def stop(self) -> None:
        """Stop everything: what asks before what is asked."""
        self.http.close()
        self._end([name for name in self.parts if name not in STORES])
        self._end([name for name in self.parts if name in STORES])
        self.assembly.remove_data()

    def start_again(self, *names: str) -> None:
        """Start those of these parts that do not run, all at once."""
        dead = [self.parts[name] for name in names if not self.parts[name].running]
        with ThreadPoolExecutor(max(len(dead), 1)) as threads:
            for started in [threads.submit(part.start) for part in dead]:
                started.result()

    def url(self, name: str) -> str:
        """The origin of a service's process."""
        return f"http://127.0.0.1:{self.assembly.port(name)}"

    def replicas(self, service: str) -> tuple[str, ...]:
        """The names of a service's processes."""
        return self.assembly.processes(service)

    def logs(self, since: int = 0) -> list[str]:
        """What all children have written, from the line with that number on."""
        return [line for _, line in self._servers.lines[since:]]

    @property
    def logged(self) -> int:
        """How many lines there are."""
        return len(self._servers.lines)

    def _end(self, names: Collection[str]) -> None:
        with ThreadPoolExecutor(max(len(names), 1)) as threads:
            # Neo4j takes 10 s to end cleanly; Postgres alone leaves shared memory behind.
            parts = [(name, self.parts[name]) for name in names]
            ends = [part.kill if name == "neo4j" else part.stop for name, part in parts]
            for ended in [threads.submit(end) for end in ends]:
                ended.result()

    async def _start(self, process: str) -> bool:
        server = self._as_tested(await self.assembly.server(process))
        if service_of(process) == "router":
            self._wait_longer()
        running = RunningServer(self._servers, cast("OwnServer", server))
        self.parts[process] = running
        await asyncio.to_thread(running.start)
        if process == "postgres":
            await self.assembly.make_databases()
        return True

    def _wait_longer(self) -> None:
        """Have routers wait for slow machines: the first write after Neo4j's start takes long."""
        file = self.assembly.folders.stack / "router.yaml"
        configuration = json.loads(file.read_text())
        for subgraph in configuration["subgraphs"].values():
            subgraph["timeout"] = PATIENT.timeout
        write_private(file, json.dumps(configuration))

    def _as_tested(self, server: Server) -> Server:
        if isinstance(server, Neo4j):
            return dataclasses.replace(server, jvm_options=QUICK_START)
        if isinstance(server, Service):
            more = {"MT_TRACES": self._traces, "MT_LOG_LEVEL": "info"}
            return dataclasses.replace(server, environment={**server.environment, **more})
        return server


def _ports(replicas: int) -> Mapping[str, str]:
    names = [n for service in (*REPLICATED, *STORES) for n in processes_of(service, replicas)]
    return {variable(name): str(free_port()) for name in names}
