from __future__ import annotations

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from stack.ports import check_free
from stack.record import Mark, RunRecord, started_at
from tests.stack.small_project import SmallProject


@pytest.fixture
def project(tmp_path: Path):
    # Reachable for nobody, so that the cluster stands in it and goes with it.
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)
    return SmallProject(tmp_path)


def children(project: SmallProject) -> dict[str, Mark]:
    record = json.loads((project.stack / "run.json").read_text())["processes"]
    return {name: Mark.model_validate(mark) for name, mark in record.items()}


def wait_until_gone(marks: dict[str, Mark], seconds: float) -> list[str]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(mark.lives() for mark in marks.values()):
        time.sleep(0.02)
    return [name for name, mark in marks.items() if mark.lives()]


def test_starts_in_order_seeds_once_and_stops_in_reverse_order(project: SmallProject):
    first = project.up()
    marks = children(project)
    assert set(marks) == {"supervisor", "postgres", "nats", "users", "tweets", "router"}
    assert first.end() == 0
    assert wait_until_gone(marks, 0) == []
    events = project.events()
    for name in ("users", "tweets"):
        assert events.index(f"{name} migrate") < events.index(f"{name} serve")
    assert events.index("router serve") > events.index("tweets serve")
    assert events[5:8] == ["users load", "tweets load", "tweets load"]
    assert events[8] == "router told to end"
    assert set(events[9:]) == {"users told to end", "tweets told to end"}
    stops = [line for line in first.lines if "stopping" in line]
    assert [line.partition("stopping ")[2] for line in stops] == [
        "router",
        "users, tweets",
        "postgres, nats",
    ]
    log = "\n".join(first.lines)
    assert "database system is shut down" in log

    second = project.up()
    assert second.end(signal.SIGINT) == 0
    assert "users load" not in project.events()[len(events) :]


def test_a_killed_supervisor_leaves_no_orphan_and_the_next_one_starts(project: SmallProject):
    first = project.up()
    marks = children(project)
    first.end(signal.SIGKILL)
    assert wait_until_gone(marks, 20) == []
    # The cluster was ended cleanly all the same: its next start recovers nothing.
    second = project.up()
    assert not any("not properly shut down" in line for line in second.lines)
    assert second.end() == 0


def test_a_second_supervisor_is_refused_in_one_line(project: SmallProject):
    record = RunRecord(project.stack)
    with record.held():
        record.note("supervisor", os.getpid())
        second = project.up()
        assert second.wait() == 1
    (told,) = second.lines
    assert told == (
        f"error: The stack already runs here (pid {os.getpid()}): use it, or stop it with "
        "`make down`."
    )
    assert project.events() == []


def test_a_taken_port_is_told_in_one_line_before_anything_starts(project: SmallProject):
    with socket.create_server(("127.0.0.1", project.port("users"))):
        refused = project.up()
        assert refused.wait() == 1
    assert len(refused.lines) == 1
    assert f"Port {project.port('users')} for users is taken by" in refused.lines[0]
    assert f"(pid {os.getpid()})" in refused.lines[0]
    assert "set MT_USERS_PORT to a free port" in refused.lines[0]
    assert not (project.stack / "postgres").exists()


def test_a_service_that_cannot_start_ends_everything_with_its_last_words(project: SmallProject):
    refused = project.up(CRASH="tweets")
    assert refused.wait() == 1
    assert refused.lines[-1] == (
        "error: tweets ended with code 1 before it was asked to: cannot read the bones."
    )
    for name in ("postgres", "nats", "users"):
        check_free(name, project.port(name))


def test_a_service_that_dies_later_ends_everything(project: SmallProject):
    running = project.up()
    mark = children(project)["users"]
    os.kill(mark.pid, signal.SIGKILL)
    assert running.wait() == 1
    assert running.lines[-1].startswith("error: users ended with code -9 before it was asked to")
    assert started_at(mark.pid) is None


def test_stores_elsewhere_are_used_and_never_started(tmp_path: Path, postgres_server, nats_server):
    project = SmallProject(
        tmp_path, MT_POSTGRES_URL=postgres_server.admin_url, MT_NATS_URL=nats_server.url
    )
    running = project.up()
    assert set(children(project)) == {"supervisor", "users", "tweets", "router"}
    assert not (project.stack / "postgres").exists()
    assert running.end() == 0
