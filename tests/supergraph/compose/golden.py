"""Texts that a reviewer reads: compared with the file, or written to it where `UPDATE` is set."""

from __future__ import annotations

import os
from pathlib import Path


def check(path: Path, text: str) -> None:
    """Fail unless the file has exactly this text."""
    if os.environ.get("UPDATE"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert path.exists(), f"{path} is missing: run again with UPDATE=1 and review it"
    assert path.read_text() == text
