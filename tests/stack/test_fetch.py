from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import fetch
from stack.errors import JarChanged, JarsMissing, JavaMissing
from stack.folders import Folders

REPOSITORY = Path(__file__).resolve().parents[2]


def quiet(_: str, __: str) -> None:
    return


@pytest.fixture
def jars(tmp_path: Path) -> tuple[Path, Path]:
    """Two jars as Maven would bring them, and the list that names them."""
    folder = tmp_path / "maven"
    folder.mkdir()
    lines: list[str] = []
    for name in ("bolt.jar", "cypher.jar"):
        (folder / name).write_bytes(name.encode() * 1000)
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        lines.append(f"{digest}  maven/{name}\n{'0' * 64}  jgo/{name}\n")
    listed = tmp_path / "jars.sha256"
    listed.write_text("".join(lines))
    return folder, listed


def test_jars_as_listed_are_taken(jars: tuple[Path, Path]):
    fetch.check_jars(*jars)


def test_a_jar_with_one_other_bit_is_found(jars: tuple[Path, Path]):
    folder, listed = jars
    content = bytearray((folder / "bolt.jar").read_bytes())
    content[77] ^= 1
    (folder / "bolt.jar").write_bytes(content)
    with pytest.raises(JarChanged, match=r"\(bolt.jar has another hash\): delete the folder"):
        fetch.check_jars(folder, listed)


def test_a_jar_that_is_missing_or_too_many_is_found(jars: tuple[Path, Path]):
    folder, listed = jars
    (folder / "extra.jar").touch()
    with pytest.raises(JarChanged, match=r"extra\.jar is new"):
        fetch.check_jars(folder, listed)
    (folder / "extra.jar").unlink()
    (folder / "cypher.jar").unlink()
    with pytest.raises(JarChanged, match=r"cypher\.jar is missing"):
        fetch.check_jars(folder, listed)


def test_the_committed_list_has_both_ways_to_fetch():
    lines = [line.split() for line in fetch.JAR_LIST.read_text().splitlines()]
    assert all(len(digest) == 64 for digest, _ in lines)
    for tool in ("maven", "jgo"):
        names = {name for _, name in lines if name.startswith(tool + "/")}
        assert f"{tool}/neo4j-server-{fetch.VERSION}.jar" in names
        assert f"{tool}/neo4j-{fetch.VERSION}.jar" in names
        assert len(names) > 200


async def test_jars_of_ones_own_are_taken_as_they_are(tmp_path: Path):
    folders = Folders.of(tmp_path, {})
    assert await fetch.ensure_jars(folders, {"NEO4J_LIB": "/opt/neo4j/lib"}, quiet) == Path(
        "/opt/neo4j/lib"
    )


async def test_a_maven_that_fails_is_told_and_leaves_nothing_half(tmp_path: Path):
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho 'Could not resolve host'\nexit 1\n")
    maven.chmod(0o755)
    folders = Folders.of(tmp_path, {})
    with pytest.raises(JarsMissing, match="could not be fetched by Maven: Could not resolve host"):
        await fetch.ensure_jars(folders, {"PATH": str(tmp_path)}, quiet)
    assert not (folders.cache / f"neo4j-{fetch.VERSION}" / "maven").exists()


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
