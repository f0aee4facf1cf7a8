"""Where a server's program is: the environment's folder, then the system's, then a wheel of ours."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.errors import ServerMissing

OUR_SCRIPTS = Path(sys.executable).parent


def find_folder(
    program: str,
    *,
    variable: str,
    environ: Mapping[str, str],
    system: Sequence[Path] = (),
    wheels: Sequence[Path] = (OUR_SCRIPTS,),
) -> Path:
    """The first folder that holds `program`.

    Args:
        program: file name of the program, for example `initdb`.
        variable: the environment variable that overrides the search; wrong means an error, never
            another program in its place.
        environ: usually `os.environ`.
        system: folders of system packages that are not on the PATH.
        wheels: folders of installed wheels.

    Raises:
        ServerMissing: in none of them.
    """
    named = environ.get(variable)
    candidates = [Path(named)] if named else [*_on_path(program, environ), *system, *wheels]
    for folder in candidates:
        if os.access(folder / program, os.X_OK):
            return folder.absolute()
    fix = f"{variable}={named} has none" if named else "run `make setup`"
    raise ServerMissing(name=program, fix=fix, variable=variable)


def _on_path(program: str, environ: Mapping[str, str]) -> list[Path]:
    # A venv on the PATH is not the system: its wheels come last, by the `wheels` argument.
    folders = [part for part in environ.get("PATH", "").split(os.pathsep) if part]
    outside = [part for part in folders if Path(part).absolute() != OUR_SCRIPTS]
    found = shutil.which(program, path=os.pathsep.join(outside)) if outside else None
    # Resolved, since Postgres looks for its own files beside the program behind a symlink.
    return [Path(found).resolve().parent] if found else []
