"""Runs the image's module, with each file `MT_…` of a folder as a variable, as `envdir` does.

Passwords reach a container so: in a volume that only it mounts, not in `docker inspect`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Become `python -m $MODULE ARGUMENTS`; what the environment says itself holds."""
    files = sorted(Path(os.environ["VARIABLES"]).glob("MT_*"))
    variables = {file.name: file.read_text(encoding="utf-8") for file in files}
    python = [sys.executable, "-m", os.environ["MODULE"], *sys.argv[1:]]
    # Takes this process's place: signals reach the service, which is process 1.
    os.execve(sys.executable, python, {**variables, **os.environ})  # noqa: S606 -- the image's own words


if __name__ == "__main__":
    main()
