"""The commands, as separate processes: what they say and how they end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from stack.ports import free_port
from tests.subgraphs.users.conftest import token_key
from tests.subgraphs.users.people import unique

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "subgraphs.users"]


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], **environ}
    command = [*COMMAND, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_sdl_needs_no_configuration():
    done = run("schema")
    assert done.returncode == 0
    assert "type Viewer" in done.stdout


def test_serve_names_everything_that_is_missing_at_once():
    done = run("serve")
    assert done.returncode == 1
    for name in (
        "MT_PORT",
        "MT_DATABASE_URL",
        "MT_NATS_URL",
        "MT_ROUTER_SECRET",
        "MT_TOKEN_KEY_FILE",
    ):
        assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_migrate_and_load_need_only_the_database(service_database, tmp_path):
    url = service_database("users")
    path = tmp_path / "users.jsonl"
    name = unique("w")
    user = {
        "id": "019c0000-0000-7000-8000-000000000001",
        "username": name,
        "email": f"{name}@example.org",
        "displayName": "W",
        "bio": "",
        "createdAt": "2026-03-01T09:30:00.123Z",
        "password": None,
    }
    path.write_text(json.dumps(user) + "\n")
    assert run("migrate", MT_DATABASE_URL=url).returncode == 0
    for expected in ("1 new users\n", "0 new users\n"):
        done = run("load", str(path), MT_DATABASE_URL=url)
        assert (done.returncode, done.stdout) == (0, expected), done.stderr
    truth = tmp_path / "truth.jsonl"
    done = run("export", str(truth), MT_DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (0, "1 users\n"), done.stderr
    assert [json.loads(line)["kind"] for line in truth.read_text().splitlines()] == [
        "export",
        "account",
    ]
    path.write_text('{"id": "x"}\n')
    done = run("load", str(path), MT_DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{path}:1: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [["migrate"], ["load", "users.jsonl"]])
def test_without_postgres_one_line_says_so(command, tmp_path):
    (tmp_path / "users.jsonl").write_text("")
    arguments = [part if part != "users.jsonl" else str(tmp_path / part) for part in command]
    url = f"postgresql+asyncpg://mt_users:x@127.0.0.1:{free_port()}/microtwitt"
    done = run(*arguments, MT_DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr


def test_serve_answers_until_sigterm_and_ends_cleanly(database_url, nats_server, tmp_path):
    key = tmp_path / "token.pem"
    key.write_bytes(token_key())
    port = free_port()
    env = {
        "PATH": os.environ["PATH"],
        "MT_PORT": str(port),
        "MT_DATABASE_URL": database_url,
        "MT_NATS_URL": nats_server.url_for("users"),
        "MT_ROUTER_SECRET": "r" * 32,
        "MT_CURSOR_SECRET": "c" * 32,
        "MT_TOKEN_KEY_FILE": str(key),
        "MT_TOKEN_ISSUER": "users",
        "MT_TOKEN_AUDIENCE": "microtwitt",
    }
    with subprocess.Popen([*COMMAND, "serve"], cwd=ROOT, env=env) as process:
        try:
            wait_ready(port, process)
            assert httpx.get(f"http://127.0.0.1:{port}/.well-known/jwks.json").json()["keys"]
            refused = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{__typename}"})
            assert refused.status_code == 401
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(20)
    assert code in (0, -signal.SIGTERM)


def wait_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("not ready in 30 s")
