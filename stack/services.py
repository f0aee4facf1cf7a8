"""Our own processes: the subgraphs and the router, asked over HTTP whether they are ready."""

from __future__ import annotations

import asyncio
import http.client
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from stack.errors import StepFailed, last_lines
from stack.processes import Log, run
from stack.server import Command

STEP_SECONDS = 600.0
ASK_SECONDS = 5.0


@dataclass(frozen=True)
class Service:
    """One subgraph or the router.

    Attributes:
        name: `users`, `tweets`, … or `router`.
        module: what `python -m` runs.
        port: TCP port on 127.0.0.1.
        environment: its MT_* variables.
        project: the folder with the code.
        arguments: after the module.
        migrates: whether its tables are brought up to date before each start.
        log: takes the lines of its migrations and loads.
    """

    name: str
    module: str
    port: int
    environment: Mapping[str, str]
    project: Path
    log: Log
    arguments: Sequence[str] = ("serve",)
    migrates: bool = False

    stop_signal = signal.SIGTERM
    stop_seconds = 20.0
    ready_seconds = 60.0
    log_file = None

    async def prepare(self) -> None:
        """Migrate its store, where it has one.

        Raises:
            StepFailed: the migration failed.
        """
        if self.migrates:
            await self.do("migrate")

    def command(self) -> Command:
        """The service in the foreground."""
        return self._python(*self.arguments)

    async def probe(self) -> None:
        """Ask /ready."""
        await asyncio.to_thread(ask_ready, self.port)

    async def do(self, *arguments: str) -> None:
        """Run one of its other commands to its end.

        Raises:
            StepFailed: it failed; with the end of its output.
        """

        def log(_: str, line: str) -> None:
            self.log(self.name, line)

        done = await run(self._python(*arguments), timeout_seconds=STEP_SECONDS, log=log)
        if done.code != 0:
            step = f"{self.name}: {' '.join(arguments)}"
            raise StepFailed(step=step, code=done.code, last=last_lines(done.lines))

    def _python(self, *arguments: str) -> Command:
        argv = [sys.executable, "-m", self.module, *arguments]
        environment = {"PYTHONUNBUFFERED": "1", **self.environment}
        return Command(argv, environment, self.project)


class Asker(Service):
    """A process of ours that only asks others: there once it runs."""

    async def probe(self) -> None:
        """Nothing to ask."""


def ask_ready(port: int) -> None:
    """Ask /ready on 127.0.0.1.

    Raises:
        ConnectionError: it is not ready, or not there.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ASK_SECONDS)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        body = answer.read(300).decode(errors="replace").strip()
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise ConnectionError(f"/ready says {answer.status} {body}".strip())
