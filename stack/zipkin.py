"""Zipkin from its one jar: in memory only, on loopback, for `make up WITH=zipkin`."""

from __future__ import annotations

import asyncio
import http.client
import shutil
import signal
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from stack.folders import check_writable
from stack.server import Command

VERSION = "3.6.1"
JAR = f"zipkin-server-{VERSION}-exec.jar"
SPACE_MB = 50
# The oldest traces go when there are more spans.
MOST_SPANS = 200_000
ASK_SECONDS = 5.0


@dataclass(frozen=True)
class Zipkin:
    """A server of our own.

    Attributes:
        java: the program, Java 17 or 21.
        jar: zipkin-server's executable jar.
        data: folder for its temporary files.
        port: TCP port on 127.0.0.1: the page, and where spans are sent and read.
    """

    java: Path
    jar: Path
    data: Path
    port: int

    name = "zipkin"
    stop_signal = signal.SIGTERM
    stop_seconds = 15.0
    ready_seconds = 180.0
    log_file = None

    @property
    def url(self) -> str:
        """Origin of the page and of its API."""
        return f"http://127.0.0.1:{self.port}"

    async def prepare(self) -> None:
        """Make its folder."""
        check_writable(self.data, name=self.name, needed_mb=SPACE_MB)

    def command(self) -> Command:
        """The server in the foreground."""
        options = ["-Xms32m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        options += [f"-Djava.io.tmpdir={self.data}", "-jar", str(self.jar)]
        # By arguments, since an environment can name the port but not the address.
        place = {"ip": "127.0.0.1", "port": str(self.port), "protocols[0]": "http"}
        options += [f"--armeria.ports[0].{name}={value}" for name, value in place.items()]
        environment = {
            "STORAGE_TYPE": "mem",
            "MEM_MAX_SPANS": str(MOST_SPANS),
            "LOGGING_LEVEL_ROOT": "WARN",
            "SPRING_MAIN_BANNER_MODE": "off",
        }
        return Command([str(self.java), *options], environment, self.data)

    async def probe(self) -> None:
        """Ask which services have sent spans."""
        await probe(self.url)

    def remove(self) -> None:
        """Delete its folder."""
        shutil.rmtree(self.data, ignore_errors=True)


def traces_to(url: str) -> str:
    """MT_TRACES for processes whose spans go to the server at `url`."""
    return f"zipkin:{url}"


async def probe(url: str) -> None:
    """Ask the server at `url` which services have sent spans.

    Raises:
        ConnectionError: it does not answer well.
    """
    await asyncio.to_thread(_ask, url)


def _ask(url: str) -> None:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=ASK_SECONDS)
    try:
        connection.request("GET", "/api/v2/services")
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise ConnectionError(f"/api/v2/services says {answer.status}")
