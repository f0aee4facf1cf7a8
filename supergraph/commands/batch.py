"""Batch mode: one JSON line in, one JSON line out, whatever is in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from supergraph.commands.terminal import OK, Json, write_out


def answer_lines(answer: Callable[[Json], Json]) -> int:
    """Answer each line of stdin on stdout; returns 0 when each was answered."""
    for text in sys.stdin:
        if text.strip():
            write_out(json.dumps(_answered(text, answer)))
            sys.stdout.flush()
    return OK


def _answered(text: str, answer: Callable[[Json], Json]) -> Json:
    found: Any = None
    try:
        line = json.loads(text)
        found = line["id"]
        return {"id": found, **answer(line)}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        entry = {"code": "BATCH_LINE_INVALID", "message": f"{type(error).__name__}: {error}"}
    except Exception as error:  # noqa: BLE001 one bad line must not end the others
        entry = {"code": "INTERNAL_ERROR", "message": f"{type(error).__name__}: {error}"}
    return {"id": found, "errors": [entry]}
