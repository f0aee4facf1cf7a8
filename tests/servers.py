"""Real servers for tests: started through `stack`, in a loop of their own, ended with the run."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Protocol, TypeVar

from stack.postgres import Postgres
from stack.processes import Child, wait_ready
from stack.record import SUPERVISOR, RunRecord
from stack.server import Server

T = TypeVar("T")
PREFIX = "microtwitt-tests-"


class OwnServer(Server, Protocol):
    """A server of our own, which can be deleted with all its data."""

    def remove(self) -> None: ...


class RunningServer:
    """A server of a test's own that it may stop, kill and start again."""

    def __init__(self, servers: Servers, server: OwnServer) -> None:
        self.server = server
        self._servers = servers
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.process.pid

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._child is not None and self._child.process.returncode is None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._servers.run(self.server.prepare())
        self._child = self._servers.run(Child.launch(self.server, self._servers.log))
        self._servers.run(wait_ready(self.server, self._child))

    def stop(self) -> int:
        """End it cleanly; returns its exit code."""
        assert self._child is not None
        return self._servers.run(self._child.stop())

    def kill(self) -> int:
        """End it at once, as a power cut of its process would."""
        assert self._child is not None
        return self._servers.run(self._child.kill())


class Servers:
    """Starts servers and keeps them until `close`; usable from any test, sync or async."""

    def __init__(self) -> None:
        remove_folders_of_killed_runs()
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.folder.chmod(0o711)
        RunRecord(self.folder).note(SUPERVISOR, os.getpid())
        self.lines: list[tuple[str, str]] = []
        self._running: list[RunningServer] = []
        self._loop = asyncio.new_event_loop()
        # Children get their end signal when the thread that started them ends: it must live on.
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def new_folder(self, name: str) -> Path:
        return self.folder / f"{name}-{secrets.token_hex(3)}"

    def start(self, server: OwnServer) -> RunningServer:
        running = RunningServer(self, server)
        running.start()
        self._running.append(running)
        return running

    def end(self, running: RunningServer) -> None:
        """End a server and delete its data."""
        self._running.remove(running)
        # Postgres alone leaves shared memory behind when killed; Neo4j takes 10 s to end cleanly.
        _ = running.stop() if isinstance(running.server, Postgres) else running.kill()
        running.server.remove()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the servers' own loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def log(self, name: str, line: str) -> None:
        self.lines.append((name, line))

    def close(self) -> None:
        for running in reversed(list(self._running)):
            self.end(running)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_folders_of_killed_runs() -> None:
    """Delete what runs that were killed have left; their servers ended with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if (folder / "run.json").exists() and RunRecord(folder).supervisor() is None:
            shutil.rmtree(folder, ignore_errors=True)
