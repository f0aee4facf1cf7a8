"""Child processes: started on a leash, waited for by query, stopped by the clean way first."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from stack.errors import ChildExited, NotReady, PasswordRefused, last_lines
from stack.server import Server

Log = Callable[[str, str], None]
KEPT_LINES = 30
POLL_SECONDS = 0.1


class Child:
    """A running server: its process, the end of its output, and how to end it."""

    def __init__(self, server: Server, process: asyncio.subprocess.Process, log: Log) -> None:
        self.server = server
        self.process = process
        self.kept: deque[str] = deque(maxlen=KEPT_LINES)
        self.stopping = False
        self._log = log
        self._pumps = [asyncio.create_task(self._pump_output())]
        if server.log_file is not None:
            self._pumps.append(asyncio.create_task(self._follow(server.log_file)))

    @classmethod
    async def launch(cls, server: Server, log: Log) -> Child | None:
        """Start `server` in a session of its own; `None` when it runs elsewhere."""
        command = server.command()
        if command is None:
            return None
        process = await asyncio.create_subprocess_exec(
            *command.leashed(server.stop_signal),
            env=command.full_environment(),
            cwd=command.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        return cls(server, process, log)

    async def watch(self) -> None:
        """Wait for its end.

        Raises:
            ChildExited: it ended without having been asked to.
        """
        code = await self.process.wait()
        if not self.stopping:
            raise self.exited(code)

    def exited(self, code: int) -> ChildExited:
        """The error for an end that nobody asked for."""
        return ChildExited(name=self.server.name, code=code, last=last_lines(list(self.kept)))

    async def stop(self) -> int:
        """Ask it to end, wait its time, then kill what is left of its session. Returns its code."""
        self.stopping = True
        self._send(self.server.stop_signal)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.server.stop_seconds):
                await self.process.wait()
        return await self.kill()

    async def kill(self) -> int:
        """End its whole session at once. Returns its exit code."""
        self.stopping = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        code = await self.process.wait()
        for pump in self._pumps[1:]:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        return code

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    async def _pump_output(self) -> None:
        assert self.process.stdout is not None  # noqa: S101 -- we asked for a pipe
        while True:
            try:
                raw = await self.process.stdout.readline()
            except ValueError:
                continue  # a line beyond the buffer: its head is dropped, the rest follows
            if not raw:
                return
            self._take(raw.decode(errors="replace"))

    async def _follow(self, path: Path) -> None:
        position = 0
        while True:
            lines, position = await asyncio.to_thread(read_new_lines, path, position)
            for line in lines:
                self._take(line)
            await asyncio.sleep(POLL_SECONDS * 5)

    def _take(self, line: str) -> None:
        line = line.rstrip()
        self.kept.append(line)
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
    reason = "none"
    while time.monotonic() - began < server.ready_seconds:
        if child is not None and child.process.returncode is not None:
            await asyncio.sleep(POLL_SECONDS)  # let its last lines arrive
            raise child.exited(child.process.returncode)
        try:
            async with asyncio.timeout(10):
                await server.probe()
        except PasswordRefused:
            raise
        except Exception as error:  # noqa: BLE001 -- a server that starts may fail in any way
            reason = str(error) or type(error).__name__
            await asyncio.sleep(POLL_SECONDS)
        else:
            return time.monotonic() - began
    raise NotReady(name=server.name, seconds=round(server.ready_seconds), reason=reason)
