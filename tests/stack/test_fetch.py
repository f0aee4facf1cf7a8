from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import fetch
from stack.errors import JavaMissing
from stack.folders import Folders

REPOSITORY = Path(__file__).resolve().parents[2]


def quiet(_: str, __: str) -> None:
    return


async def test_a_java_that_fits_is_taken_and_another_is_passed_over(tmp_path: Path):
    folders = Folders.of(REPOSITORY, {})
    for number, name in ((25, "newest"), (21, "fits")):
        home = tmp_path / name / "bin"
        home.mkdir(parents=True)
        (home / "java").write_text(f"#!/bin/sh\necho 'openjdk version \"{number}.0.1\"' >&2\n")
        (home / "java").chmod(0o755)
    environ = {"JAVA_HOME": str(tmp_path / "newest"), "PATH": str(tmp_path / "fits" / "bin")}
    assert await fetch.java_version(tmp_path / "newest" / "bin" / "java") == 25
    assert await fetch.ensure_java(folders, environ, quiet) == tmp_path / "fits" / "bin" / "java"


async def test_no_java_at_all_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def none(*_: object) -> Iterator[Path]:
        return iter(())

    monkeypatch.setattr(fetch, "_java_candidates", none)
    # A project without requirements: fetching one fails as it does without a network.
    with pytest.raises(JavaMissing) as caught:
        await fetch.ensure_java(Folders.of(tmp_path, {}), {}, quiet)
    assert str(caught.value) == (
        "No Java 17 or 21 here, and fetching one failed: install one "
        "(apt install openjdk-17-jre-headless), or set JAVA_HOME."
    )


async def test_what_is_no_java_has_no_version(tmp_path: Path):
    assert await fetch.java_version(tmp_path / "java") is None
    assert await fetch.java_version(Path("/bin/true")) is None
