"""Which folders the stack writes to, and how another user gets to them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stack.errors import NoSpace, NotWritable

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Folders:
    """Where things are.

    Attributes:
        project: the code.
        stack: data, secrets and run records; gone after a clean.
        cache: jars, Java and tools that were fetched; survives a clean.
    """

    project: Path
    stack: Path
    cache: Path

    @classmethod
    def of(cls, project: Path, environ: Mapping[str, str]) -> Folders:
        """`.stack/` and `.cache/` in the project; MT_STACK names another folder for data."""
        stack = Path(environ.get("MT_STACK") or project / ".stack").absolute()
        return cls(project, stack, project / ".cache")


def reachable(path: Path) -> bool:
    """Whether every user may pass through `path` and the folders above it."""
    path = path.absolute()
    existing = [folder for folder in (path, *path.parents) if folder.exists()]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in existing)


def away_from(path: Path) -> Path:
    """A folder that every user can pass through, in place of one they cannot.

    Its name derives from `path` alone, so that the next start finds it again. `/var/tmp` comes
    first, since it outlives a restart of the machine.

    Raises:
        NotWritable: someone else holds that name.
    """
    name = "microtwitt-" + hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:12]
    homes = [Path("/var/tmp"), Path(tempfile.gettempdir())]  # noqa: S108 -- owner is checked below
    folder = next((home for home in homes if home.is_dir() and reachable(home)), homes[-1]) / name
    folder.mkdir(mode=0o711, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise NotWritable(folder=folder, user=_our_name())
    folder.chmod(0o711)
    return folder


def check_writable(folder: Path, *, name: str, needed_mb: int) -> None:
    """Make `folder` where it is missing and see that there is room in it.

    Raises:
        NotWritable: it cannot be made or written.
        NoSpace: fewer than `needed_mb` megabytes are free.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except PermissionError:
        writable = False
    if not writable:
        raise NotWritable(folder=folder, user=_our_name())
    free_mb = shutil.disk_usage(folder).free // MEGABYTE
    if free_mb < needed_mb:
        raise NoSpace(name=name, folder=folder, free_mb=free_mb, needed_mb=needed_mb)


def _our_name() -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(os.geteuid()).pw_name
    return str(os.geteuid())
