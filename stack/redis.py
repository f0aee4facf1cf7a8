"""Redis: in memory only, since everything in it can be rebuilt. Commands of 6.2 are relied on."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.errors import PasswordRefused
from stack.folders import check_writable
from stack.resolve import find_program
from stack.server import Command

VARIABLE = "REDIS_BIN"
SPACE_MB = 20


@dataclass(frozen=True)
class Redis:
    """A server of our own.

    Attributes:
        program: `redis-server` or `valkey-server`.
        data: folder for its configuration.
        port: TCP port on 127.0.0.1.
        password: of the default user.
    """

    program: Path
    data: Path
    port: int
    password: str

    name = "redis"
    stop_signal = signal.SIGTERM
    stop_seconds = 10.0
    ready_seconds = 30.0
    log_file = None

    @property
    def url(self) -> str:
        """URL with the password, database 0."""
        return url_for(self.port, self.password)

    async def prepare(self) -> None:
        """Write the configuration, readable by us alone: arguments could be read by everyone."""
        check_writable(self.data, name=self.name, needed_mb=SPACE_MB)
        self._config.touch(mode=0o600)
        self._config.write_text(self.configuration())

    def command(self) -> Command:
        """The server in the foreground."""
        return Command([str(self.program), str(self._config)])

    async def probe(self) -> None:
        """Ping with the password."""
        await probe(self.url)

    def remove(self) -> None:
        """Delete the configuration."""
        shutil.rmtree(self.data, ignore_errors=True)

    def configuration(self) -> str:
        """The server's configuration."""
        settings = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self.password,
            "dir": str(self.data),
            "save": '""',
            "appendonly": "no",
            "loglevel": "warning",
        }
        return "".join(f"{name} {value}\n" for name, value in settings.items())

    @property
    def _config(self) -> Path:
        return self.data / "redis.conf"


def find_server(environ: Mapping[str, str]) -> Path:
    """The program: from REDIS_BIN, then the PATH, then the wheel."""
    return find_program("redis-server", "valkey-server", variable=VARIABLE, environ=environ)


def url_for(port: int, password: str) -> str:
    """MT_REDIS_URL of a service, for a server of ours."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


async def probe(url: str) -> None:
    """Ping the server at `url`.

    Raises:
        PasswordRefused: it runs, with another password.
    """
    # Here, since the drivers take longer to import than all the rest of the stack together.
    from redis.asyncio import Redis as Client  # noqa: PLC0415
    from redis.exceptions import AuthenticationError  # noqa: PLC0415

    client = Client.from_url(url, socket_connect_timeout=3, socket_timeout=3)  # pyright: ignore[reportUnknownMemberType] -- its options are untyped
    try:
        await client.ping()  # pyright: ignore[reportUnknownMemberType] -- as above
    except AuthenticationError as error:
        raise PasswordRefused(name="Redis") from error
    finally:
        await client.aclose()
