from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.ports import check_free
from stack.record import Mark, RunRecord, started_at
from tests.servers import Servers
from tests.stack.small_project import SmallProject


@pytest.fixture
def project(servers: Servers) -> Iterator[SmallProject]:
    # Other users may pass through to it, so that the cluster stands in it and goes with it.
    project = SmallProject(servers.new_folder("project"))
    yield project
    project.end()


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
    services = {"users", "tweets", "timeline", "router"}
    assert set(marks) == {"supervisor", "postgres", "nats", *services}
    assert first.end() == 0
    assert wait_until_gone(marks, 0) == []
    events = project.events()
    for name in ("users", "tweets", "timeline"):
        assert events.index(f"{name} migrate") < events.index(f"{name} serve")
    for name in ("users", "tweets"):
        assert events.index(f"{name} serve") < events.index("router serve")
    # Without Neo4j there is no social, and what needs its follows waits for it.
    assert events[7:13] == [
        "users load",
        "tweets load",
        "tweets load",
        "users export",
        "tweets export",
        "tweets rebuild",
    ]
    assert events[13] == "router told to end"
    assert {line.partition(" ")[2] for line in events[14:]} == {"told to end"}
    stops = [line for line in first.lines if "stopping" in line]
    assert [set(line.partition("stopping ")[2].split(", ")) for line in stops] == [
        {"router"},
        {"users", "tweets", "timeline"},
        {"postgres", "nats"},
    ]
    log = "\n".join(first.lines)
    assert "database system is shut down" in log

    second = project.up()
    assert second.end(signal.SIGINT) == 0
    assert "users load" not in project.events()[len(events) :]


def test_what_came_later_is_loaded_then_and_everything_rebuilt(project: SmallProject, neo4j_server):
    assert project.up().end() == 0
    before = len(project.events())
    user, password = neo4j_server.auth
    place = neo4j_server.url.partition("//")[2]
    again = project.up(WITHOUT="redis bot", MT_NEO4J_URL=f"bolt://{user}:{password}@{place}")
    assert again.end() == 0
    events = project.events()[before:]
    works = [line for line in events if line.endswith((" load", " export", " rebuild"))]
    assert works == [
        "social load",
        "users export",
        "tweets export",
        "social export",
        "tweets rebuild",
        "social rebuild",
        "timeline rebuild",
    ]


def test_a_machine_without_java_runs_the_rest_and_says_what_it_lacks(project: SmallProject):
    running = project.up(WITHOUT="redis bot", MT_TEST_JAVA="none")
    assert "social" not in children(project)
    assert running.end() == 0
    log = "\n".join(running.lines)
    assert "without neo4j: No Java 17 or 21 here, and fetching one failed: install one" in log
    assert "social is left out: it needs neo4j" in log


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


def test_two_of_each_run_and_one_that_dies_is_started_again(project: SmallProject):
    running = project.up(MT_REPLICAS="2")
    marks = children(project)
    for name in ("users", "tweets", "timeline", "router"):
        assert {name, f"{name}-2"} <= set(marks)
        ours = [line for line in project.events() if line.split()[0] == name]
        assert ours.count(f"{name} migrate") <= 1
        assert ours.count(f"{name} serve") == 2
    configuration = json.loads((project.stack / "router.yaml").read_text())
    for name in ("users", "tweets", "social", "timeline"):
        ports = [project.port(name), project.port(f"{name}-2")]
        urls = [f"http://127.0.0.1:{port}/graphql" for port in ports]
        assert configuration["subgraphs"][name]["urls"] == urls
    assert len(configuration["auth"]["jwks_url"]) == 2
    for name in ("users-2", "router", "postgres"):
        os.kill(marks[name].pid, signal.SIGKILL)
        assert running.wait_for(f"{name} ended with code -9 before it was asked to")
        assert running.wait_for(f"{name} is ready after")
        assert children(project)[name].pid != marks[name].pid
    assert running.end() == 0
    assert wait_until_gone(children(project) | marks, 0) == []


def test_one_of_two_that_cannot_start_ends_everything(project: SmallProject):
    refused = project.up(CRASH="tweets", MT_REPLICAS="2")
    assert refused.wait() == 1
    assert refused.lines[-1].startswith("error: tweets ended with code 1 before it was asked to")


def test_what_is_no_number_of_replicas_is_told_in_one_line(project: SmallProject):
    for value in ("0", "two", "10", "-1"):
        refused = project.up(MT_REPLICAS=value)
        assert refused.wait() == 1
        assert refused.lines == [
            f"error: MT_REPLICAS={value} is no number of processes: set it to a number from 1 to 9."
        ]


def test_stores_elsewhere_are_used_and_never_started(tmp_path: Path, postgres_server, nats_server):
    project = SmallProject(
        tmp_path, MT_POSTGRES_URL=postgres_server.admin_url, MT_NATS_URL=nats_server.url
    )
    running = project.up()
    assert set(children(project)) == {"supervisor", "users", "tweets", "timeline", "router"}
    assert not (project.stack / "postgres").exists()
    assert running.end() == 0
