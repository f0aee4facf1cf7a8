"""The whole system as separate processes, started as `make up` starts them."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import httpx

from stack.assembly import SUBGRAPHS, Assembly
from stack.folders import Folders
from stack.ports import free_port
from stack.services import Service
from tests.servers import OwnServer, RunningServer, Servers

ROOT = Path(__file__).resolve().parents[2]
PORTS = ("router", "users", "tweets", "postgres", "redis", "nats", "neo4j")


class System:
    """Everything that runs, each part of which a test may kill and start again.

    Attributes:
        http: a client of the router's origin.
        traces: the file that every service writes its spans to, one JSON object a line.
        parts: `postgres`, `nats`, `users`, `tweets`, `router`.
    """

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        folder = servers.new_folder("system")
        self.traces = folder / "traces.jsonl"
        environ = {**os.environ, "MT_STACK": str(folder), **_ports()}
        self.assembly = Assembly.of(Folders.of(ROOT, environ), environ, servers.log)
        self.parts: dict[str, RunningServer] = {}
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.assembly.port('router')}", timeout=30
        )

    def start(self) -> None:
        """Start everything, what is asked before what asks."""
        self._start("postgres", cast("OwnServer", self.assembly.postgres()))
        self._start("nats", cast("OwnServer", self.assembly.nats()))
        self._servers.run(self.assembly.make_databases())
        for name in SUBGRAPHS:
            self._start(name, self._traced(self.assembly.subgraph(name)))
        self._start("router", self._traced(self.assembly.router()))

    def stop(self) -> None:
        """Stop everything in reverse order."""
        self.http.close()
        for running in reversed(self.parts.values()):
            running.stop()

    def url(self, name: str) -> str:
        """The origin of a service."""
        return f"http://127.0.0.1:{self.assembly.port(name)}"

    def _start(self, name: str, server: OwnServer | Service) -> None:
        running = RunningServer(self._servers, cast("OwnServer", server))
        running.start()
        self.parts[name] = running

    def _traced(self, service: Service) -> Service:
        environment = {**service.environment, "MT_TRACES": f"file:{self.traces}"}
        return dataclasses.replace(service, environment=environment)


def _ports() -> Mapping[str, str]:
    return {f"MT_{name.upper()}_PORT": str(free_port()) for name in PORTS}
