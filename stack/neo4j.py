"""Neo4j Community from its jars: Bolt only, on loopback, with a password."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from stack.errors import PasswordRefused, StepFailed, last_lines
from stack.folders import check_writable
from stack.processes import run
from stack.server import Command

VERSION = "5.26.30"
SPACE_MB = 400
OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
# C1 alone: half the time to the first answer, for a lower peak. Tests want that.
QUICK_START = ("-XX:TieredStopAtLevel=1",)


@dataclass(frozen=True)
class Neo4j:
    """A server of our own.

    Attributes:
        java: the program, Java 17 or 21.
        jars: the folder of its jars.
        data: its home: configuration, data and logs.
        port: Bolt port on 127.0.0.1.
        password: of the user `neo4j`, 8 characters or more.
        heap_mb: largest heap.
        jvm_options: further options of the JVM.
    """

    java: Path
    jars: Path
    data: Path
    port: int
    password: str
    heap_mb: int = 512
    jvm_options: Sequence[str] = ()

    name = "neo4j"
    stop_signal = signal.SIGTERM
    stop_seconds = 30.0
    ready_seconds = 180.0

    @property
    def log_file(self) -> Path:
        """Its console stays empty."""
        return self.data / "logs" / "neo4j.log"

    @property
    def url(self) -> str:
        """Bolt URL, without the password."""
        return f"bolt://127.0.0.1:{self.port}"

    @property
    def auth(self) -> tuple[str, str]:
        """User and password."""
        return "neo4j", self.password

    async def prepare(self) -> None:
        """Write the configuration, and set the password before the first start."""
        check_writable(self.data, name=self.name, needed_mb=SPACE_MB)
        (self.data / "conf").mkdir(exist_ok=True)
        (self.data / "conf" / "neo4j.conf").write_text(self.configuration())
        done = self.data / "password-is-set"
        if not done.exists():
            await self._set_password()
            done.touch()

    def command(self) -> Command:
        """The server in the foreground."""
        options = ["-Xms128m", f"-Xmx{self.heap_mb}m", "-XX:+UseSerialGC", *self.jvm_options]
        options += ["-Dio.netty.tryReflectionSetAccessible=true", "-Dlog4j2.disable.jmx=true"]
        options += [f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in OPENED]
        homes = [f"--home-dir={self.data}", f"--config-dir={self.data / 'conf'}"]
        main = ["-cp", str(self.jars / "*"), "org.neo4j.server.CommunityEntryPoint"]
        return Command([str(self.java), *options, *main, *homes], folder=self.data)

    async def probe(self) -> None:
        """Return 1: its port opens seconds before a query works."""
        await ask(self.url, self.auth)

    def remove(self) -> None:
        """Delete data and configuration."""
        shutil.rmtree(self.data, ignore_errors=True)

    def configuration(self) -> str:
        """The server's configuration."""
        listen = f"127.0.0.1:{self.port}"
        settings = {
            "server.default_listen_address": "127.0.0.1",
            "server.bolt.listen_address": listen,
            "server.bolt.advertised_address": listen,
            "server.http.enabled": "false",
            "server.https.enabled": "false",
            "server.memory.pagecache.size": "128m",
            "dbms.usage_report.enabled": "false",
            # By default the logs of transactions take half a gigabyte from the start.
            "db.tx_log.preallocate": "false",
            "db.tx_log.rotation.size": "16m",
            "db.tx_log.rotation.retention_policy": "keep_none",
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    async def _set_password(self) -> None:
        # In a file, since a command line could be read by everyone on the machine.
        arguments = self.data / "set-password"
        arguments.touch(mode=0o600)
        words = ["-cp", f'"{self.jars}/*"', "org.neo4j.cli.AdminTool"]
        words += ["dbms", "set-initial-password", self.password]
        arguments.write_text("\n".join(words))
        homes = {"NEO4J_HOME": str(self.data), "NEO4J_CONF": str(self.data / "conf")}
        try:
            command = Command([str(self.java), f"@{arguments}"], homes, self.data)
            done = await run(command, timeout_seconds=120)
        finally:
            arguments.unlink()
        if done.code != 0:
            last = last_lines(done.lines)
            raise StepFailed(step="Setting Neo4j's password", code=done.code, last=last)


def url_for(port: int, password: str) -> str:
    """MT_NEO4J_URL of a service, for a server of ours."""
    return f"bolt://neo4j:{password}@127.0.0.1:{port}"


async def probe(url: str) -> None:
    """Return 1 from the server at a URL such as `bolt://user:password@host:7687`."""
    parts = urlsplit(url)
    place = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    await ask(place, (parts.username, parts.password or "") if parts.username else None)


async def ask(url: str, auth: tuple[str, str] | None) -> None:
    """Return 1 from the server at `url`.

    Raises:
        PasswordRefused: it runs, with another password.
    """
    # Here, since the drivers take longer to import than all the rest of the stack together.
    from neo4j import AsyncGraphDatabase  # noqa: PLC0415
    from neo4j.exceptions import AuthError  # noqa: PLC0415

    driver = AsyncGraphDatabase.driver(url, auth=auth, connection_timeout=5)  # pyright: ignore[reportUnknownMemberType] -- its options are untyped
    # By `run`, which tries once: whoever asks repeats the question at their own pace.
    async with driver, driver.session() as session:  # pyright: ignore[reportUnknownMemberType] -- as above
        try:
            await (await session.run("RETURN 1")).consume()
        except AuthError as error:
            raise PasswordRefused(name="Neo4j") from error
