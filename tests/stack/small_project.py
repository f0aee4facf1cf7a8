"""A project with five tiny services, for the supervisor to run: real processes, no GraphQL.

Each appends to the journal what it does, so that a test can read the order.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from stack.order import STORES
from stack.ports import free_port, variable

REPOSITORY = Path(__file__).resolve().parents[2]
SUBGRAPHS = ("users", "tweets", "social", "timeline")
PROCESSES = tuple(f"{name}{number}" for name in ("router", *SUBGRAPHS) for number in ("", "-2"))
TINY_SERVICE = """
import http.server, os, signal, sys
name, journal = {name!r}, {journal!r}

def write(event):
    with open(journal, "a") as file:
        file.write(name + " " + event + "\\n")

class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args):
        pass

write(sys.argv[1])
if sys.argv[1] == "serve":
    def end(*_):
        write("told to end")
        os._exit(0)
    signal.signal(signal.SIGTERM, end)
    port = int(os.environ.get("MT_PORT") or sys.argv[sys.argv.index("--port") + 1])
    if os.environ.get("CRASH") == name:
        sys.exit("cannot read the bones")
    http.server.HTTPServer(("127.0.0.1", port), Ready).serve_forever()
"""


class SmallProject:
    """The project in a folder of its own, with free ports, and the supervisor as a process."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.journal = folder / "journal"
        self.stack = folder / ".stack"
        for name, package in _packages():
            home = folder / package
            home.mkdir(parents=True, exist_ok=True)
            code = TINY_SERVICE.format(name=name, journal=str(self.journal))
            (home / "__main__.py").write_text(code)
            for level in (home, home.parent):
                (level / "__init__.py").touch()
        (folder / "schema").mkdir(exist_ok=True)
        (folder / "schema" / "supergraph.graphql").write_text(
            "\n".join(f'{name.upper()} @join__graph(name: "{name}", url: "")' for name in SUBGRAPHS)
        )
        ports = {variable(name): str(free_port()) for name in (*STORES, *PROCESSES)}
        self._running: list[Running] = []
        self.environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), **ports, **environment}

    def port(self, name: str) -> int:
        return int(self.environment[variable(name)])

    def up(self, **environment: str) -> Running:
        """Start it, and wait until it says that it is up or ends."""
        running = Running(self, environment)
        self._running.append(running)
        running.wait_for("is up")
        return running

    def end(self) -> None:
        """End what a test that failed has left, and show what it printed."""
        for running in self._running:
            if running.process.returncode is None:
                running.end()
                sys.stdout.write("\n".join(running.lines))

    def events(self) -> list[str]:
        return self.journal.read_text().splitlines() if self.journal.exists() else []


class Running:
    """A supervisor that runs; what it printed so far is in `lines`."""

    def __init__(self, project: SmallProject, environment: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("run_supervisor.py"))],
            env={**project.environment, **environment},
            cwd=project.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, text: str) -> bool:
        """Read on until a line has `text`; false when it ended before."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if text in line:
                return True
        return False

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for its end. Returns its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        self.wait_for("never said")
        assert self.process.stdout is not None
        code = self.process.wait()
        self.process.stdout.close()
        return code


def _packages() -> list[tuple[str, str]]:
    return [("router", "supergraph"), *((name, f"subgraphs/{name}") for name in SUBGRAPHS)]
