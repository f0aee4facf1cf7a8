"""What the supervisor needs to know of anything it starts: a server, a subgraph or the router."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
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

    def run(self, *, timeout_seconds: float) -> subprocess.CompletedProcess[str]:
        """Run it to its end, output captured as text (stderr within stdout)."""
        return subprocess.run(  # noqa: S603 -- our own command line
            self.leashed(signal.SIGKILL),
            env=self.full_environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_seconds,
            check=False,
        )


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

    def prepare(self) -> None:
        """Do what must be done once or before each start; may block for seconds."""
        ...

    def command(self) -> Command | None:
        """What to start; `None` when it runs elsewhere and is only used."""
        ...

    async def probe(self) -> None:
        """Ask a real question; raises anything until it is answered well."""
        ...


def account_without_root() -> str | None:
    """The user for servers that refuse to run as root: `nobody` when we are root, else ourselves."""
    return "nobody" if os.geteuid() == 0 else None


def own(path: Path, account: str | None) -> None:
    """Give a file or folder to `account` (no-op when that is ourselves)."""
    if account is not None:
        entry = pwd.getpwnam(account)
        os.chown(path, entry.pw_uid, entry.pw_gid)
