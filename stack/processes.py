"""Child processes: started on a leash, waited for by query, ended by the clean way first."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stack.errors import ChildExited, NotReady, PasswordRefused, last_lines
from stack.server import Command, Server

Log = Callable[[str, str], None]
KEPT_LINES = 30
POLL_SECONDS = 0.1
FOLLOW_SECONDS = 0.5
PROBE_SECONDS = 10.0


@dataclass(frozen=True)
class Finished:
    """How a command ended: its exit code and its last lines."""

    code: int
    lines: list[str]


async def run(command: Command, *, timeout_seconds: float, log: Log | None = None) -> Finished:
    """Run a command to its end; cancelled or overdue, its whole session is ended.

    Args:
        command: what to run.
        timeout_seconds: after which TimeoutError is raised.
        log: called with ("", line) for each line of output.
    """
    process = await _spawn(command, signal.SIGKILL)
    kept: deque[str] = deque(maxlen=KEPT_LINES)

    def take(line: str) -> None:
        kept.append(line)
        if log is not None:
            log("", line)

    pump = asyncio.create_task(_pump(process, take))
    try:
        async with asyncio.timeout(timeout_seconds):
            code = await process.wait()
            await pump
    finally:
        _kill_session(process.pid)
        await process.wait()
        await asyncio.gather(pump, return_exceptions=True)
    return Finished(code, list(kept))


class Child:
    """A running server: its process, the end of its output, and how to end it."""

    def __init__(self, server: Server, process: asyncio.subprocess.Process, log: Log) -> None:
        self.server = server
        self.process = process
        self.stopping = False
        self._kept: deque[str] = deque(maxlen=KEPT_LINES)
        self._log = log
        self._output = asyncio.create_task(_pump(process, self._take))
        self._file = asyncio.create_task(self._follow(server.log_file))

    @classmethod
    async def launch(cls, server: Server, log: Log) -> Child | None:
        """Start `server` in a session of its own; `None` when it runs elsewhere."""
        command = server.command()
        if command is None:
            return None
        position = await asyncio.to_thread(_size, server.log_file)
        child = cls(server, await _spawn(command, server.stop_signal), log)
        child._position = position
        return child

    _position = 0

    async def watch(self) -> None:
        """Wait for its end.

        Raises:
            ChildExited: it ended without having been asked to.
        """
        await self.process.wait()
        if not self.stopping:
            raise await self.exited()

    async def exited(self) -> ChildExited:
        """The error for an end that nobody asked for, once its last lines are in."""
        await asyncio.wait([self._output], timeout=1)
        code = self.process.returncode
        return ChildExited(name=self.server.name, code=code, last=last_lines(self._kept))

    async def stop(self) -> int:
        """Ask it to end, wait its time, then kill what is left of it. Returns its exit code."""
        self.stopping = True
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(self.server.stop_signal)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.server.stop_seconds):
                await self.process.wait()
        return await self.kill()

    async def kill(self) -> int:
        """End its whole session at once. Returns its exit code."""
        self.stopping = True
        _kill_session(self.process.pid)
        code = await self.process.wait()
        self._file.cancel()
        await asyncio.gather(self._output, self._file, return_exceptions=True)
        return code

    async def _follow(self, path: Path | None) -> None:
        while path is not None:
            lines, self._position = await asyncio.to_thread(read_new_lines, path, self._position)
            for line in lines:
                self._take(line)
            await asyncio.sleep(FOLLOW_SECONDS)

    def _take(self, line: str) -> None:
        self._kept.append(line)
        self._log(self.server.name, line)


def read_new_lines(path: Path, position: int) -> tuple[list[str], int]:
    """The whole lines of `path` from byte `position`, and where the next read begins."""
    if not path.exists():
        return [], position
    if path.stat().st_size < position:
        position = 0  # it was rotated
    with path.open("rb") as file:
        file.seek(position)
        whole, newline, _ = file.read().rpartition(b"\n")
    return whole.decode(errors="replace").splitlines(), position + len(whole + newline)


async def wait_ready(server: Server, child: Child | None) -> float:
    """Ask until `server` answers. Returns the seconds it took.

    Raises:
        ChildExited: it ended meanwhile.
        NotReady: its `ready_seconds` passed.
        PasswordRefused: it answers, but not to us.
    """
    began = time.monotonic()
    reason = "not asked"
    while time.monotonic() - began < server.ready_seconds:
        if child is not None and child.process.returncode is not None:
            raise await child.exited()
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await server.probe()
        except PasswordRefused:
            raise
        except Exception as error:  # noqa: BLE001 -- a server that starts may fail in any way
            reason = str(error) or type(error).__name__
            await asyncio.sleep(POLL_SECONDS)
        else:
            return time.monotonic() - began
    raise NotReady(name=server.name, seconds=round(server.ready_seconds), reason=reason)


async def _spawn(command: Command, on_our_end: signal.Signals) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command.leashed(on_our_end),
        env=command.full_environment(),
        cwd=command.folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )


async def _pump(process: asyncio.subprocess.Process, take: Callable[[str], None]) -> None:
    assert process.stdout is not None  # noqa: S101 -- `_spawn` asked for a pipe
    while True:
        try:
            raw = await process.stdout.readline()
        except ValueError:
            continue  # longer than the reader's buffer: that part is dropped, the rest follows
        if not raw:
            return
        take(raw.decode(errors="replace").rstrip())


def _kill_session(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _size(path: Path | None) -> int:
    return path.stat().st_size if path is not None and path.exists() else 0
