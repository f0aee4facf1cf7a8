from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from stack import jars, neo4j, zipkin
from stack.errors import JarChanged, JarsMissing
from stack.folders import Folders


def quiet(_: str, __: str) -> None:
    return


@pytest.fixture
def listed_jars(tmp_path: Path) -> tuple[Path, Path]:
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


def test_jars_as_listed_are_taken(listed_jars: tuple[Path, Path]):
    jars.check_jars(*listed_jars)


def test_a_jar_with_one_other_bit_is_found(listed_jars: tuple[Path, Path]):
    folder, listed = listed_jars
    content = bytearray((folder / "bolt.jar").read_bytes())
    content[77] ^= 1
    (folder / "bolt.jar").write_bytes(content)
    with pytest.raises(JarChanged, match=r"\(bolt.jar has another hash\): delete the folder"):
        jars.check_jars(folder, listed)


def test_a_jar_that_is_missing_or_too_many_is_found(listed_jars: tuple[Path, Path]):
    folder, listed = listed_jars
    (folder / "extra.jar").touch()
    with pytest.raises(JarChanged, match=r"extra\.jar is new"):
        jars.check_jars(folder, listed)
    (folder / "extra.jar").unlink()
    (folder / "cypher.jar").unlink()
    with pytest.raises(JarChanged, match=r"cypher\.jar is missing"):
        jars.check_jars(folder, listed)


def test_the_committed_list_has_both_ways_to_fetch():
    lines = [line.split() for line in jars.NEO4J_LIST.read_text().splitlines()]
    assert all(len(digest) == 64 for digest, _ in lines)
    for tool in ("maven", "jgo"):
        names = {name for _, name in lines if name.startswith(tool + "/")}
        assert f"{tool}/neo4j-server-{neo4j.VERSION}.jar" in names
        assert f"{tool}/neo4j-{neo4j.VERSION}.jar" in names
        assert len(names) > 200


async def test_jars_of_ones_own_are_taken_as_they_are(tmp_path: Path):
    folders = Folders.of(tmp_path, {})
    assert await jars.ensure_neo4j(folders, {"NEO4J_LIB": "/opt/neo4j/lib"}, quiet) == Path(
        "/opt/neo4j/lib"
    )


async def test_a_maven_that_fails_is_told_and_leaves_nothing_half(tmp_path: Path):
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho 'Could not resolve host'\nexit 1\n")
    maven.chmod(0o755)
    folders = Folders.of(tmp_path, {})
    with pytest.raises(
        JarsMissing, match="Neo4j's jars could not be fetched by Maven: Could not resolve host"
    ):
        await jars.ensure_neo4j(folders, {"PATH": str(tmp_path)}, quiet)
    assert not (folders.cache / f"neo4j-{neo4j.VERSION}" / "maven").exists()


async def test_a_zipkin_of_ones_own_is_taken_as_it_is(tmp_path: Path):
    folders = Folders.of(tmp_path, {})
    assert await jars.ensure_zipkin(folders, {"ZIPKIN_JAR": "/opt/z.jar"}, quiet) == Path(
        "/opt/z.jar"
    )


async def test_another_zipkin_than_the_listed_one_is_found(tmp_path: Path):
    folders = Folders.of(tmp_path, {})
    home = folders.cache / f"zipkin-{zipkin.VERSION}"
    home.mkdir(parents=True)
    (home / zipkin.JAR).write_bytes(b"another")
    with pytest.raises(JarChanged, match=r"stack/zipkin-jar\.sha256 lists \(.* another hash\)"):
        await jars.ensure_zipkin(folders, {}, quiet)
