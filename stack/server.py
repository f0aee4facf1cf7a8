"""What the supervisor needs to know of anything it starts: a server, a subgraph or the router."""

from __future__ import annotations

import os
import pwd
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True)
class Command:
    """A program with its arguments (`argv[0]` is an absolute path) and where it runs.

    `account` is the user to become, only ever set when we are root.
    """

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    folder: Path = Path("/")
    account: str | None = None

    def leashed(self, on_parent_end: signal.Signals) -> list[str]:
        """The arguments that start it so that it gets `on_parent_end` when we die."""
        leash = [sys.executable, "-I", "-S", str(LEASH)]
        return [*leash, str(int(on_parent_end)), str(os.getpid()), self.account or "", *self.argv]

    def full_environment(self) -> dict[str, str]:
        """Our own environment with the command's on top."""
        return {**os.environ, **self.environment}


class Server(Protocol):
    """One thing to start, ask and stop."""

    @property
    def name(self) -> str:
        """Short name, the prefix of its log lines."""
        ...

    @property
    def stop_signal(self) -> signal.Signals:
        """What makes it end cleanly."""
        ...

    @property
    def stop_seconds(self) -> float:
        """How long a clean end may take before it is killed."""
        ...

    @property
    def ready_seconds(self) -> float:
        """How long it may take from its start to its first answer."""
        ...

    @property
    def log_file(self) -> Path | None:
        """A file it logs to instead of its output."""
        ...

    async def prepare(self) -> None:
        """Do what must be done once or before each start."""
        ...

    def command(self) -> Command | None:
        """What to start; `None` when it runs elsewhere and is only used."""
        ...

    async def probe(self) -> None:
        """Ask a real question; raises anything until it is answered well."""
        ...


@dataclass(frozen=True)
class Elsewhere:
    """Someone's own server, given by its URL: asked for an answer, never started or stopped."""

    name: str
    url: str
    ask: Callable[[str], Awaitable[None]]

    stop_signal = signal.SIGTERM
    stop_seconds = 0.0
    ready_seconds = 30.0
    log_file = None

    async def prepare(self) -> None:
        """Nothing: it is not ours."""

    def command(self) -> Command | None:
        """Nothing to start."""
        return None

    async def probe(self) -> None:
        """Ask it the question that its kind understands."""
        await self.ask(self.url)


def account_without_root() -> str | None:
    """The account of a server that refuses to run as root; `None` is our own."""
    return "nobody" if os.geteuid() == 0 else None


def own(path: Path, account: str | None) -> None:
    """Give a file or folder to `account`; nothing to do when that is our own."""
    if account is not None:
        entry = pwd.getpwnam(account)
        os.chown(path, entry.pw_uid, entry.pw_gid)
