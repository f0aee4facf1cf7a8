"""CPU time of processes with all their children, from /proc (Linux)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

MS_PER_TICK = 1000 / os.sysconf("SC_CLK_TCK")


class Times(NamedTuple):
    """One line of /proc/PID/stat: parent, and ticks of its own and of its children that ended."""

    parent: int
    ticks: int


def cpu_ms(pids: Mapping[str, int]) -> dict[str, float]:
    """User and system time in milliseconds since each process began.

    A server's own processes count: Postgres has one for each connection.
    """
    times = {int(path.name): found for path in _folders() if (found := _times(path))}
    totals = dict.fromkeys(pids, 0.0)
    owners = {pid: name for name, pid in pids.items()}
    for pid, found in times.items():
        if name := _owner(pid, times, owners):
            totals[name] += found.ticks * MS_PER_TICK
    return totals


def _folders() -> list[Path]:
    return [path for path in Path("/proc").iterdir() if path.name.isdigit()]


def _owner(pid: int, times: Mapping[int, Times], owners: Mapping[int, str]) -> str | None:
    while pid in times:
        if pid in owners:
            return owners[pid]
        pid = times[pid].parent
    return None


def _times(folder: Path) -> Times | None:
    try:
        # The name, in brackets, may hold anything: count from behind it.
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None  # it has ended meanwhile
    parent, ticks = fields[1], fields[11:15]
    return Times(int(parent), sum(map(int, ticks)))
