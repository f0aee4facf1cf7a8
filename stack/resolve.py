"""Where a server's program is: the environment's folder, then the system's, then our wheel's."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.errors import ServerMissing

OUR_SCRIPTS = Path(sys.executable).parent


def find_program(
    *names: str,
    variable: str,
    environ: Mapping[str, str],
    system: Sequence[Path] = (),
    wheels: Sequence[Path] = (OUR_SCRIPTS,),
) -> Path:
    """The first program called one of `names`.

    Args:
        names: file names, the preferred one first.
        variable: the environment variable that overrides the search with a folder; a wrong one
            is an error, never a reason to take another program.
        environ: usually `os.environ`.
        system: folders of system packages that are not on the PATH.
        wheels: folders of installed wheels.

    Raises:
        ServerMissing: in none of them.
    """
    named = environ.get(variable)
    folders = [Path(named)] if named else [*_path_folders(environ), *system, *wheels]
    for folder in folders:
        for name in names:
            if shutil.which(name, path=str(folder)):
                return (folder / name).absolute()
    fix = f"{variable}={named} has none" if named else "run `make setup`"
    raise ServerMissing(name=names[0], fix=fix, variable=variable)


def _path_folders(environ: Mapping[str, str]) -> list[Path]:
    # A venv on the PATH is not the system: its wheels come last, by the `wheels` argument.
    folders = [Path(part) for part in environ.get("PATH", "").split(os.pathsep) if part]
    return [folder for folder in folders if folder.absolute() != OUR_SCRIPTS]
