"""Ports: the defaults, the variables that change them, and who holds one that is taken.

A second process of a service is called `users-2`: ten ports further up, changed by MT_USERS_2_PORT.
"""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

from stack.errors import PortInvalid, PortTaken

DEFAULTS = {
    "router": 3000,
    "users": 4001,
    "tweets": 4002,
    "social": 4003,
    "timeline": 4004,
    "postgres": 15432,
    "redis": 16379,
    "nats": 14222,
    "neo4j": 17687,
    "zipkin": 19411,
}
REPLICA_STEP = 10
PORTS = 65_536
UNASSIGNED = range(20_000, 32_000)
LISTENING = "0A"
_given: set[int] = set()


def variable(name: str) -> str:
    """The environment variable that changes the port of `name`."""
    return f"MT_{name.upper().replace('-', '_')}_PORT"


def port_of(name: str, environ: Mapping[str, str]) -> int:
    """The port for `name`.

    Raises:
        PortInvalid: the environment names none that can be.
    """
    value = environ.get(variable(name)) or str(_default(name))
    if not (value.isascii() and value.isdigit() and 0 < int(value) < PORTS):
        raise PortInvalid(variable=variable(name), value=value)
    return int(value)


def check_free(name: str, port: int) -> None:
    """See that nobody listens on `port` of 127.0.0.1.

    Raises:
        PortTaken: somebody does.
    """
    with socket.socket() as attempt:
        # As the servers do: an old connection in TIME_WAIT is no hindrance.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except OSError as error:
            found = holder(port)
            by = f" by {found}" if found else ""
            raise PortTaken(name=name, port=port, holder=by, variable=variable(name)) from error


def free_port() -> int:
    """A port that is free now and was not given before; for tests, which use it soon.

    Below those that the system gives to outgoing connections, which would take it meanwhile.
    """
    for port in random.sample(UNASSIGNED, len(UNASSIGNED)):
        with socket.socket() as attempt, contextlib.suppress(OSError):
            attempt.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port
    raise PortTaken(name="a test", port="20000-32000", holder="", variable="another")


def holder(port: int) -> str | None:
    """Name and pid of the process that listens on `port`, where the system lets us know."""
    inode = _listening_inode(port)
    if inode is None:
        return None
    for process in _processes():
        if f"socket:[{inode}]" in _open_files(process):
            return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return None


def _default(name: str) -> int:
    service, _, number = name.partition("-")
    return DEFAULTS[service] + REPLICA_STEP * (int(number or 1) - 1)


def _listening_inode(port: int) -> str | None:
    wanted = f":{port:04X}"
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(wanted) and fields[3] == LISTENING:
                return fields[9]
    return None


def _processes() -> Iterable[Path]:
    return (folder for folder in Path("/proc").iterdir() if folder.name.isdigit())


def _open_files(process: Path) -> list[str]:
    found: list[str] = []
    with contextlib.suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.append(str(descriptor.readlink()))
    return found
