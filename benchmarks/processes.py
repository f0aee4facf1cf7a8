"""The system that is measured: processes as `make up` starts them, on ports of their own."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from stack.assembly import Assembly
from stack.folders import Folders
from stack.order import start_in_order
from stack.ports import DEFAULTS, free_port, variable
from stack.processes import Child, wait_ready

PROJECT = Path(__file__).resolve().parents[1]
WITHOUT = frozenset({"bot", "zipkin"})
PREFIX = "microtwitt-bench-"


class Processes:
    """What runs.

    Attributes:
        assembly: its parts.
        children: process → its running child.
    """

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o711)
        ports = {variable(name): str(free_port()) for name in DEFAULTS}
        environ = {**os.environ, **ports, "MT_STACK": str(folder)}
        self.assembly = Assembly.of(Folders.of(PROJECT, environ), environ, _forget)
        self.children: dict[str, Child] = {}

    async def start(self, process: str) -> bool:
        """Start one and wait until it answers; Postgres then gets its databases."""
        server = await self.assembly.server(process)
        await server.prepare()
        child = await Child.launch(server, _forget)
        await wait_ready(server, child)
        if child is not None:
            self.children[process] = child
        if process == "postgres":
            await self.assembly.make_databases()
        return True

    async def stop(self, process: str) -> None:
        """End one in order."""
        await self.children.pop(process).stop()

    def pids(self) -> dict[str, int]:
        """Process → pid, of those that run."""
        return {name: child.process.pid for name, child in self.children.items()}

    def url(self, process: str) -> str:
        """The origin of a service's process."""
        return f"http://127.0.0.1:{self.assembly.port(process)}"


@asynccontextmanager
async def running_processes() -> AsyncGenerator[Processes, None]:
    """All of them for the length of a block; nothing is left behind."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    processes = Processes(folder)
    try:
        needs = processes.assembly.needs(WITHOUT)
        await start_in_order(needs, processes.start, _forget)
        yield processes
    finally:
        for name in reversed(list(processes.children)):
            await processes.stop(name)
        processes.assembly.remove_data()
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _forget(_: str, line: str) -> None:
    """An error's last lines come with it."""
    del line
