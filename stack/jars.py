"""Jars of Neo4j and Zipkin: fetched once, checked at every start."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from stack import neo4j, zipkin
from stack.errors import JarChanged, JarsMissing, last_lines
from stack.fetch import FETCH_SECONDS, SPACE_MB, alone, as_fetch, fetch_wheels
from stack.folders import Folders, check_writable
from stack.processes import Log, run
from stack.server import Command

NEO4J_LIST = Path(__file__).with_name("neo4j-jars.sha256")
ZIPKIN_LIST = Path(__file__).with_name("zipkin-jar.sha256")
ARTIFACTS = ("org.neo4j.app:neo4j-server", "org.neo4j:neo4j")
MAIN = "org.neo4j.server.CommunityEntryPoint"
# One jar without what it depends on: jgo's command line cannot ask for that.
RESOLVE_ONE = """
import pathlib, sys
from jgo.maven import MavenContext
group, name, version, classifier, repository = sys.argv[1:]
context = MavenContext(repo_cache=pathlib.Path(repository))
context.project(group, name).at_version(version).artifact(classifier, "jar").resolve()
"""


async def ensure_neo4j(folders: Folders, environ: Mapping[str, str], log: Log) -> Path:
    """The folder of Neo4j's jars: NEO4J_LIB as it is, else ours.

    Raises:
        JarsMissing: they could not be fetched.
        JarChanged: what is there is not what stack/neo4j-jars.sha256 lists.
    """
    if environ.get("NEO4J_LIB"):
        return Path(environ["NEO4J_LIB"])
    home = folders.cache / f"neo4j-{neo4j.VERSION}"
    maven = shutil.which("mvn", path=environ.get("PATH"))
    async with alone(folders):
        there = [home / tool for tool in ("maven", "jgo") if (home / tool).is_dir()]
        folder = there[0] if there else home / ("maven" if maven else "jgo")
        if not there:
            log("fetch", f"fetching Neo4j {neo4j.VERSION} by {folder.name} (about 125 MB)")
            partial = _new_partial(folder, name="Neo4j's jars")
            await (_by_maven(maven, partial, log) if maven else _by_jgo(folders, partial, log))
            partial.rename(folder)
    await asyncio.to_thread(check_jars, folder, NEO4J_LIST)
    return folder


async def ensure_zipkin(folders: Folders, environ: Mapping[str, str], log: Log) -> Path:
    """Zipkin's jar: the one that ZIPKIN_JAR names as it is, else ours.

    Raises:
        JarsMissing: it could not be fetched.
        JarChanged: what is there is not what stack/zipkin-jar.sha256 lists.
    """
    if environ.get("ZIPKIN_JAR"):
        return Path(environ["ZIPKIN_JAR"])
    folder = folders.cache / f"zipkin-{zipkin.VERSION}"
    async with alone(folders):
        if not folder.is_dir():
            log("fetch", f"fetching Zipkin {zipkin.VERSION} by jgo (about 135 MB)")
            partial = _new_partial(folder, name="Zipkin's jar")
            await _one_by_jgo(folders, partial, log)
            partial.rename(folder)
    await asyncio.to_thread(check_jars, folder, ZIPKIN_LIST)
    return folder / zipkin.JAR


def check_jars(folder: Path, listed: Path) -> None:
    """See that `folder` has exactly the jars that are listed for it, by name and SHA-256.

    Args:
        folder: called as in the list, as `maven` or `jgo`.
        listed: lines `<sha256>  <folder>/<file>`, as sha256sum writes and reads them.

    Raises:
        JarChanged: a jar is missing, too many, or another.
    """
    lines = [line.split() for line in listed.read_text().splitlines()]
    expected = {name.partition("/")[2]: digest for digest, name in lines if _is_of(name, folder)}
    found = {jar.name for jar in folder.glob("*.jar")}
    for name in sorted(expected.keys() ^ found):
        what = f"{name} is {'missing' if name in expected else 'new'}"
        raise JarChanged(folder=folder, listed=listed.name, what=what)
    for name, digest in expected.items():
        with (folder / name).open("rb") as jar:
            if hashlib.file_digest(jar, "sha256").hexdigest() != digest:
                what = f"{name} has another hash"
                raise JarChanged(folder=folder, listed=listed.name, what=what)


def _new_partial(folder: Path, *, name: str) -> Path:
    check_writable(folder.parent, name=name, needed_mb=SPACE_MB)
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    return partial


async def _by_maven(maven: str, folder: Path, log: Log) -> None:
    dependencies = "".join(_maven_dependency(artifact) for artifact in ARTIFACTS)
    project = folder / "pom.xml"
    project.write_text(
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>microtwitt</groupId><artifactId>neo4j-jars</artifactId><version>1</version>"
        f"<packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>"
    )
    options = ["-B", "-q", "-ntp", "-Dstyle.color=never", "-f", str(project)]
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    command = Command([maven, *options, *goal], folder=folder)
    done = await run(command, timeout_seconds=FETCH_SECONDS, log=as_fetch(log))
    if done.code != 0:
        raise JarsMissing(jars="Neo4j's jars", tool="Maven", last=last_lines(done.lines))


async def _by_jgo(folders: Folders, folder: Path, log: Log) -> None:
    places = {"--cache-dir": folder / "environments", "--repo-cache": folder / "repository"}
    endpoint = "+".join(f"{artifact}:{neo4j.VERSION}" for artifact in ARTIFACTS) + "@" + MAIN
    caches = [str(part) for option in places.items() for part in option]
    words = ["-m", "jgo", "--resolver", "python", *caches, "info", "classpath", endpoint]
    # It prints two of them; those it calls modules are needed as well.
    await _jgo(folders, words, log, jars="Neo4j's jars")
    _keep_jars(folder / "environments", folder)


async def _one_by_jgo(folders: Folders, folder: Path, log: Log) -> None:
    coordinates = ("io.zipkin", "zipkin-server", zipkin.VERSION, "exec")
    words = ["-c", RESOLVE_ONE, *coordinates, str(folder / "repository")]
    await _jgo(folders, words, log, jars="Zipkin's jar")
    _keep_jars(folder / "repository", folder)


async def _jgo(folders: Folders, words: list[str], log: Log, *, jars: str) -> None:
    environment = {"PYTHONWARNINGS": "ignore"}
    if importlib.util.find_spec("jgo") is None:
        tool = folders.cache / "jgo"
        await fetch_wheels(folders, "jars", tool, log)
        environment["PYTHONPATH"] = str(tool)
    command = Command([sys.executable, *words], environment, folders.cache)
    done = await run(command, timeout_seconds=FETCH_SECONDS)
    if done.code != 0:
        raise JarsMissing(jars=jars, tool="jgo", last=last_lines(done.lines))


def _keep_jars(source: Path, folder: Path) -> None:
    for jar in source.rglob("*.jar"):
        shutil.copyfile(jar, folder / jar.name)
    for leftover in ("environments", "repository"):
        shutil.rmtree(folder / leftover, ignore_errors=True)


def _maven_dependency(artifact: str) -> str:
    group, _, name = artifact.partition(":")
    inside = (
        f"<groupId>{group}</groupId><artifactId>{name}</artifactId>"
        f"<version>{neo4j.VERSION}</version>"
    )
    return f"<dependency>{inside}</dependency>"


def _is_of(name: str, folder: Path) -> bool:
    return name.startswith(folder.name + "/")
