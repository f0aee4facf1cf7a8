"""Other implementations as oracles: processes of node that answer JSON lines.

A test module asks `oracle("plan.mjs")` for a process and keeps it for its session; `npm ci
--ignore-scripts` in this folder installs what the scripts import.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent


class OracleDied(RuntimeError):
    """The oracle's process ended before it answered."""


class Oracle:
    """One running script, asked one question at a time."""

    def __init__(self, script: str, node: str) -> None:
        self._process = subprocess.Popen(
            [node, str(HERE / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def ask(self, **question: Any) -> Mapping[str, Any]:
        """The answer to one question; what it holds is written at the top of the script.

        Raises:
            OracleDied: the process ended instead of answering.
        """
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps({"id": 0, **question}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise OracleDied from error
        line = self._process.stdout.readline()
        if not line:
            raise OracleDied
        return json.loads(line)

    def close(self) -> None:
        """End the process and its pipes."""
        assert self._process.stdin
        assert self._process.stdout
        # What a dead process did not read is still in the buffer, and closing tries to send it.
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


def require_node() -> str:
    """The program, once its packages are there too.

    Without them the calling test is skipped with that reason; where `CI` is set it fails.
    """
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules").is_dir():
        reason = "needs node on PATH and `npm ci --ignore-scripts` in tests/oracles"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return node


@cache
def oracle(script: str) -> Oracle:
    """The running process of `script`, started at the first call and ended with the session.

    Without node or its packages the calling test is skipped with that reason; where `CI` is set
    it fails.
    """
    node = require_node()
    process = Oracle(script, node)
    atexit.register(process.close)
    return process
