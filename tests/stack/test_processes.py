from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from stack.errors import ChildExited, NotReady, PasswordRefused
from stack.processes import Child, read_new_lines, run, wait_ready
from stack.server import Command

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass
class Script:
    """A server written in a line of Python."""

    code: str
    answers: BaseException | None = None
    ready_seconds: float = 5.0
    stop_seconds: float = 5.0
    log_file: Path | None = None

    name = "script"
    stop_signal = signal.SIGTERM

    async def prepare(self) -> None:
        return

    def command(self) -> Command:
        return Command([sys.executable, "-c", self.code])

    async def probe(self) -> None:
        if self.answers is not None:
            raise self.answers


async def launch(script: Script) -> tuple[Child, list[str]]:
    lines: list[str] = []
    child = await Child.launch(script, lambda _, line: lines.append(line))
    assert child is not None
    return child, lines


async def until(condition: Callable[[], object]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come about in 10 s")


async def test_a_child_that_ends_fails_the_wait_at_once_with_its_last_words():
    script = Script(
        "print('no bones'); raise SystemExit(3)", answers=ConnectionError(), ready_seconds=60
    )
    child, _ = await launch(script)
    with pytest.raises(ChildExited) as caught:
        await wait_ready(script, child)
    assert str(caught.value) == "script ended with code 3 before it was asked to: no bones."
    with pytest.raises(ChildExited):
        await child.watch()
    await child.kill()


async def test_a_child_that_never_answers_is_told_with_its_last_reason():
    script = Script(
        "import time; time.sleep(60)", answers=ConnectionError("nope"), ready_seconds=0.3
    )
    child, _ = await launch(script)
    with pytest.raises(NotReady, match=r"script did not answer within 0 s \(nope\)"):
        await wait_ready(script, child)
    await child.kill()


async def test_a_refused_password_is_not_asked_again():
    script = Script("", answers=PasswordRefused(name="Script"), ready_seconds=60)
    with pytest.raises(PasswordRefused, match="Script refuses the password"):
        await wait_ready(script, None)


async def test_stop_lets_a_child_end_cleanly():
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('bye'), sys.exit(0)))\n"
        "print('hello', flush=True); time.sleep(60)"
    )
    child, lines = await launch(Script(code))
    await until(lambda: "hello" in lines)
    assert await child.stop() == 0
    assert lines == ["hello", "bye"]
    await child.watch()


async def test_stop_kills_a_child_that_does_not_end_and_what_it_started():
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "grandchild = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(grandchild.pid, flush=True); time.sleep(60)"
    )
    child, lines = await launch(Script(code, stop_seconds=0.2))
    await until(lambda: lines)
    assert await child.stop() == -signal.SIGKILL
    await until(lambda: not is_alive(int(lines[0])))


async def test_a_log_file_is_followed_from_its_end(tmp_path: Path):
    log = tmp_path / "log"
    log.write_text("of an earlier run\n")
    child, lines = await launch(Script("import time; time.sleep(60)", log_file=log))
    with log.open("a") as file:
        file.write("new\nhalf a")
    await until(lambda: lines)
    with log.open("a") as file:
        file.write(" line\n")
    await until(lambda: len(lines) == 2)
    assert lines == ["new", "half a line"]
    await child.kill()


def test_a_rotated_log_is_read_from_its_start(tmp_path: Path):
    log = tmp_path / "log"
    assert read_new_lines(log, 0) == ([], 0)
    log.write_text("one\ntwo\nthr")
    assert read_new_lines(log, 4) == (["two"], 8)
    log.write_text("new\n")
    assert read_new_lines(log, 8) == (["new"], 4)


async def test_a_command_that_takes_too_long_is_ended():
    command = Command([sys.executable, "-c", "import time; print(1, flush=True); time.sleep(60)"])
    with pytest.raises(TimeoutError):
        await run(command, timeout_seconds=0.5)


async def test_a_very_long_line_does_not_stop_the_reading():
    done = await run(
        Command([sys.executable, "-c", "print('x' * 300_000); print('end')"]), timeout_seconds=20
    )
    assert (done.code, done.lines[-1]) == (0, "end")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
async def test_a_child_ends_when_its_parent_is_killed():
    parent_code = (
        "import signal, subprocess, sys, time\n"
        "from stack.server import Command\n"
        "command = Command([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "child = subprocess.Popen(command.leashed(signal.SIGKILL), start_new_session=True)\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", parent_code, stdout=subprocess.PIPE, cwd=REPOSITORY
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    assert is_alive(child)
    parent.kill()
    await parent.wait()
    await until(lambda: not is_alive(child))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
