from __future__ import annotations

import getpass
import os
import pwd
import shutil
from pathlib import Path

import pytest

from stack.errors import NoSpace, NotWritable
from stack.folders import Folders, away_from, check_writable, reachable
from stack.server import account_without_root


def test_data_can_stand_elsewhere_and_what_was_fetched_stays(tmp_path: Path):
    here = Folders.of(tmp_path, {})
    assert (here.stack, here.cache) == (tmp_path / ".stack", tmp_path / ".cache")
    there = Folders.of(tmp_path, {"MT_STACK": str(tmp_path / "data")})
    assert (there.stack, there.cache) == (tmp_path / "data", tmp_path / ".cache")


def test_a_full_disk_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=7_000_000)

    def nearly_full(_: Path) -> object:
        return usage

    monkeypatch.setattr(shutil, "disk_usage", nearly_full)
    with pytest.raises(NoSpace) as caught:
        check_writable(tmp_path / "new", name="nats", needed_mb=50)
    assert str(caught.value) == (
        f"No space for nats in {tmp_path / 'new'} (7 MB free, 50 needed): free some first."
    )


def test_a_folder_of_somebody_else_is_told_in_one_line(tmp_path: Path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    account = pwd.getpwnam(account_without_root() or getpass.getuser())
    before = os.geteuid()
    os.seteuid(account.pw_uid)  # root may write everywhere
    try:
        with pytest.raises(NotWritable) as caught:
            check_writable(locked / "data", name="nats", needed_mb=1)
    finally:
        os.seteuid(before)
    name = account.pw_name
    assert str(caught.value) == (
        f"User {name} cannot write {locked / 'data'}: fix owner or permissions "
        f"(chown -R {name} {locked / 'data'})."
    )


def test_reachable_asks_every_folder_above(tmp_path: Path):
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert not reachable(inner)
    assert not reachable(inner / "not there yet")
    assert reachable(Path("/usr/bin"))


def test_the_place_away_is_stable_reachable_and_ours(tmp_path: Path):
    folder = away_from(tmp_path)
    try:
        assert folder == away_from(tmp_path) != away_from(tmp_path / "other")
        assert reachable(folder)
        folder.rmdir()
        folder.symlink_to(tmp_path)
        with pytest.raises(NotWritable):
            away_from(tmp_path)
    finally:
        away_from(tmp_path / "other").rmdir()
        folder.unlink()
