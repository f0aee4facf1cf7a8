"""What is agreed of events: a schema for each type, and one stored sample of each version."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from chassis.envelope import Envelope

SCHEMAS = Path(__file__).resolve().parents[2] / "schema" / "events"
SAMPLES = Path(__file__).resolve().parent / "samples"
AGREED = sorted(path.name.removesuffix(".json") for path in SCHEMAS.glob("*.json"))


@functools.cache
def schema(name: str) -> Mapping[str, Any]:
    """The schema of one version of a type, such as `tweets.tweet.posted.v1`."""
    return json.loads((SCHEMAS / f"{name}.json").read_text())


@functools.cache
def validator(name: str, *, closed: bool) -> Draft202012Validator:
    """Checks data against a schema; closed, it refuses fields that the schema does not tell of.

    The schemas themselves are open, for those who read by them: fields may be added.
    """
    agreed = copy.deepcopy(schema(name))
    if closed:
        _close(agreed)
    return Draft202012Validator(agreed, format_checker=Draft202012Validator.FORMAT_CHECKER)


def check(event: Envelope) -> None:
    """Hold an event that a service makes to its schema, which must tell of every field."""
    assert event.dataschema in AGREED, f"{event.dataschema}: no such schema in schema/events"
    assert event.dataschema.rpartition(".v")[0] == event.type
    validator(event.dataschema, closed=True).validate(dict(event.data))


def sample(name: str) -> Envelope:
    """Read a stored event as a consumer gets it."""
    return Envelope.from_bytes((SAMPLES / f"{name}.json").read_bytes())


def _close(part: Any) -> None:
    if isinstance(part, dict):
        if "properties" in part:
            part["additionalProperties"] = False
        for below in part.values():
            _close(below)
    elif isinstance(part, list):
        for below in part:
            _close(below)
