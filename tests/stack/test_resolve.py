from __future__ import annotations

from pathlib import Path

import pytest

from stack import nats, postgres, redis
from stack.errors import ServerMissing
from stack.resolve import OUR_SCRIPTS, find_program


def program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.touch(mode=0o755)
    return path


def find(**environ: str) -> Path:
    return find_program("nats-server", variable="NATS_BIN", environ=environ)


def test_the_named_folder_wins_over_the_system_and_the_wheel(tmp_path: Path):
    named = program(tmp_path / "named", "nats-server")
    system = program(tmp_path / "system", "nats-server")
    assert find(NATS_BIN=str(named.parent), PATH=str(system.parent)) == named
    assert find(PATH=str(system.parent)) == system


def test_the_wheel_is_taken_where_the_system_has_none():
    assert find(PATH=f"{OUR_SCRIPTS}:/nowhere") == OUR_SCRIPTS / "nats-server"
    assert redis.find_server({"PATH": ""}) == OUR_SCRIPTS / "redis-server"


def test_another_name_of_the_same_server_will_do(tmp_path: Path):
    valkey = program(tmp_path, "valkey-server")
    assert redis.find_server({"REDIS_BIN": str(tmp_path)}) == valkey


def test_a_wrong_folder_is_an_error_and_never_replaced(tmp_path: Path):
    with pytest.raises(ServerMissing) as caught:
        nats.find_server({"NATS_BIN": str(tmp_path)})
    assert str(caught.value) == (
        f"No nats-server found: NATS_BIN={tmp_path} has none, or point NATS_BIN at the folder of "
        "your own."
    )


def test_a_server_that_is_nowhere_names_its_fix(tmp_path: Path):
    with pytest.raises(ServerMissing, match="run `make setup`, or point X_BIN at the folder"):
        find_program("x-server", variable="X_BIN", environ={}, wheels=[tmp_path])


def test_postgres_is_found_behind_its_links(tmp_path: Path):
    real = postgres.find_binaries({"PATH": ""})
    (tmp_path / "initdb").symlink_to(real / "initdb")
    assert postgres.find_binaries({"POSTGRES_BIN": str(tmp_path)}) == real
