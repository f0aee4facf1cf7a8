from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stack.errors import AlreadyRunning
from stack.record import RunRecord, end, started_at

SLEEP = [sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
]


@pytest.fixture
def start():
    started: list[subprocess.Popen[bytes]] = []

    def start(command: list[str]) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
        assert process.stdout is not None
        process.stdout.readline()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def quiet(_: str, __: str) -> None:
    return


async def test_what_an_earlier_supervisor_left_is_ended(tmp_path: Path, start):
    process, deaf = start(SLEEP), start(DEAF)
    earlier = RunRecord(tmp_path)
    earlier.note("nats", process.pid)
    earlier.note("redis", deaf.pid, seconds=0.2)
    later = RunRecord(tmp_path)
    assert set(later.leftovers()) == {"nats", "redis"}
    await later.end_leftovers(quiet)
    assert (process.wait(), deaf.wait()) == (-signal.SIGTERM, -signal.SIGKILL)
    assert later.leftovers() == {}
    supervisor = later.supervisor()
    assert supervisor is not None
    assert supervisor.pid == os.getpid()


async def test_another_process_with_the_same_pid_is_never_touched(tmp_path: Path, start):
    process = start(SLEEP)
    record = RunRecord(tmp_path)
    record.note("nats", process.pid)
    path = tmp_path / "run.json"
    path.write_text(path.read_text().replace(f"{started_at(process.pid)}", "long ago"))
    later = RunRecord(tmp_path)
    assert later.leftovers() == {}
    await later.end_leftovers(quiet)
    assert process.poll() is None


@pytest.mark.parametrize("text", ["", "{", '{"processes": {"nats": {"pid": "many"}}}'])
def test_a_broken_record_names_nobody(tmp_path: Path, text: str):
    (tmp_path / "run.json").write_text(text)
    assert RunRecord(tmp_path).supervisor() is None
    assert RunRecord(tmp_path).leftovers() == {}


def test_there_is_one_supervisor_at_a_time(tmp_path: Path):
    record = RunRecord(tmp_path)
    with record.held():
        record.note("supervisor", os.getpid())
        with (
            pytest.raises(AlreadyRunning, match=rf"\(pid {os.getpid()}\)"),
            RunRecord(tmp_path).held(),
        ):
            pass
    with RunRecord(tmp_path).held():
        pass


async def test_ending_a_process_that_has_ended_is_nothing(tmp_path: Path, start):
    process = start(SLEEP)
    record = RunRecord(tmp_path)
    record.note("nats", process.pid)
    mark = record.leftovers()["nats"]
    process.kill()
    process.wait()
    await end(mark)
    assert not mark.lives()


def test_a_zombie_does_not_live(start):
    process = start(SLEEP)
    assert started_at(process.pid) is not None
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert started_at(process.pid) is None
