"""The service as processes, two of them, which a test kills and starts again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stack.ports import free_port
from stack.services import Service
from subgraphs.timeline.settings import TimelineSettings
from tests.servers import RunningServer, Servers

PROJECT = Path(__file__).resolve().parents[3]


class Process(Service):
    """One replica as a process."""

    def remove(self) -> None:
        """It has nothing of its own."""


class Replica:
    """One replica; its port stays the same from life to life."""

    def __init__(self, running: RunningServer, port: int) -> None:
        self._running = running
        self.port = port
        self.url = f"ws://127.0.0.1:{port}/graphql"

    def kill(self) -> None:
        self._running.kill()

    def start(self) -> None:
        """Start it and wait until it is ready."""
        self._running.start()


@contextmanager
def replicas(
    servers: Servers, settings: TimelineSettings, count: int = 2
) -> Generator[list[Replica]]:
    with ExitStack() as ends:
        started = list[Replica]()
        for n in range(count):
            port = free_port()
            environment = {f"MT_{k.upper()}": str(v) for k, v in settings.model_dump().items()}
            environment["MT_PORT"] = str(port)
            name = f"timeline-{n + 1}"
            process = Process(name, "subgraphs.timeline", port, environment, PROJECT, servers.log)
            running = servers.start(process)
            ends.callback(servers.end, running)
            started.append(Replica(running, port))
        yield started
