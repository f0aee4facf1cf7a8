"""Who runs: `.stack/run.json` names the supervisor and its children by pid and start time.

A supervisor that is killed cannot clean up. On Linux its children get their end signal from the
kernel (`leash.py`); whatever still runs at the next start is found here and ended first.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
from collections.abc import Generator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from stack.credentials import write_private
from stack.errors import AlreadyRunning
from stack.processes import Log

POLL_SECONDS = 0.05
KILL_SECONDS = 10.0
SUPERVISOR = "supervisor"


class Mark(BaseModel):
    """One process: `started` tells it from a later one with the same pid."""

    model_config = ConfigDict(frozen=True)

    pid: int
    started: str
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 60.0

    def lives(self) -> bool:
        """Whether this very process still runs."""
        return started_at(self.pid) == self.started


class Marks(BaseModel):
    """What `run.json` holds: marks by name, in the order of their start."""

    processes: dict[str, Mark] = {}


class RunRecord:
    """The record of one `.stack/` folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "run.json"
        self._lock = folder / "lock"
        self._marks = self._read()

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """Be the one supervisor of this folder for the length of a block.

        The kernel gives the lock back when we end, however we end.

        Raises:
            AlreadyRunning: another one is.
        """
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                supervisor = self.supervisor()
                raise AlreadyRunning(pid=supervisor.pid if supervisor else "?") from None
            yield

    def supervisor(self) -> Mark | None:
        """The supervisor that runs now, if any."""
        mark = self._read().get(SUPERVISOR)
        return mark if mark is not None and mark.lives() else None

    def running(self) -> frozenset[str]:
        """The names of what runs now, the supervisor's own among them."""
        return frozenset(name for name, mark in self._read().items() if mark.lives())

    def leftovers(self) -> dict[str, Mark]:
        """Children of an earlier supervisor that still run, in the order of their start."""
        children = {name: mark for name, mark in self._read().items() if name != SUPERVISOR}
        return {name: mark for name, mark in children.items() if mark.lives()}

    async def end_leftovers(self, log: Log) -> None:
        """End them, the last started first, and forget the rest."""
        for name, mark in reversed(self.leftovers().items()):
            log("stack", f"ending {name} (pid {mark.pid}) of an earlier run")
            await end(mark)
        self._marks = {}
        self.note(SUPERVISOR, os.getpid())

    def note(
        self, name: str, pid: int, stop_signal: int = signal.SIGTERM, seconds: float = 60.0
    ) -> None:
        """Write down a process that has just been started."""
        started = started_at(pid)
        if started is not None:
            mark = Mark(pid=pid, started=started, stop_signal=stop_signal, stop_seconds=seconds)
            self._marks[name] = mark
            self._write()

    def forget_all(self) -> None:
        """Nothing runs any more."""
        self._marks = {}
        self._write()

    def _read(self) -> dict[str, Mark]:
        # A record that cannot be read names nobody: better to refuse a taken port than to end a
        # process that is not ours.
        with contextlib.suppress(OSError, ValidationError):
            return Marks.model_validate_json(self._path.read_text()).processes
        return {}

    def _write(self) -> None:
        write_private(self._path, Marks(processes=self._marks).model_dump_json(indent=1))


async def end(mark: Mark) -> None:
    """Ask a process of ours to end, wait its time, then kill its session."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(mark.pid, mark.stop_signal)
    if not await _gone(mark, mark.stop_seconds):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(mark.pid, signal.SIGKILL)
        await _gone(mark, KILL_SECONDS)


async def _gone(mark: Mark, seconds: float) -> bool:
    # Not our child: its end can only be seen by looking.
    tries = round(seconds / POLL_SECONDS)
    for _ in range(tries):
        if not mark.lives():
            return True
        await asyncio.sleep(POLL_SECONDS)
    return not mark.lives()


def started_at(pid: int) -> str | None:
    """When a living process began, in the system's own terms; `None` when there is none."""
    stat = Path(f"/proc/{pid}/stat")
    if not Path("/proc/self/stat").exists():
        return _started_by_ps(pid)
    try:
        # The name before the last bracket may have blanks: fields are counted after it.
        state, *fields = stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return None if state in "ZX" else f"{boot}/{fields[18]}"


def _started_by_ps(pid: int) -> str | None:
    asked = subprocess.run(  # noqa: S603 -- a number is all that varies
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or None
