"""Events: every type has a schema and every schema a type, and they tell ids and no text."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from chassis.envelope import Envelope
from tests.contracts.agreed import AGREED, check, sample, schema

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(path.stem for path in (ROOT / "schema" / "subgraphs").glob("*.graphql"))
TYPES = sorted({name.rpartition(".v")[0] for name in AGREED})
TYPE = re.compile(rf"({'|'.join(SERVICES)})(\.[a-z_]+){{2}}")
SUBJECT = re.compile(rf"mt\.v1\.((?:{'|'.join(SERVICES)})\.[a-z_]+\.[a-z_]+)")
# What everybody may see of a person, and what search and author cards need.
TEXT_ALLOWED = {
    ("users.profile.updated.v1", "username"),
    ("users.profile.updated.v1", "displayName"),
}


def told_types(folder: Path) -> Iterator[str]:
    """Regular expressions of the types that stand in code: `f"tweets.like.{change}"` is some."""
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if TYPE.fullmatch(node.value):
                    yield re.escape(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+"
                    for part in node.values
                ]
                if TYPE.fullmatch("".join(parts).replace(r"\.", ".").replace("[a-z_]+", "x")):
                    yield "".join(parts)


def leaves(part: Mapping[str, Any], name: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every value that a schema tells of, with the name of its field."""
    below = [*part.get("anyOf", ()), *part.get("oneOf", ()), *part.get("allOf", ())]
    for field, value in part.get("properties", {}).items():
        yield from leaves(value, field)
    for value in [*below, *([part["items"]] if "items" in part else [])]:
        yield from leaves(value, name)
    if not below and "properties" not in part and "items" not in part:
        yield name, part


def is_text(value: Mapping[str, Any]) -> bool:
    """Whether a person could write something into it."""
    kinds = value.get("type", ["string"])
    ids = value.get("format") == "uuid" or "[0-9a-f]{8}" in value.get("pattern", "")
    return "string" in ([kinds] if isinstance(kinds, str) else kinds) and not (
        ids or "enum" in value or "const" in value
    )


def test_every_type_in_code_has_a_schema():
    told = set(told_types(ROOT / "subgraphs"))
    assert told
    assert [one for one in told if not any(re.fullmatch(one, type_) for type_ in TYPES)] == []


@pytest.mark.parametrize("type_", TYPES)
def test_every_schema_has_a_type_that_its_service_tells(type_: str):
    service = type_.partition(".")[0]
    assert any(re.fullmatch(told, type_) for told in told_types(ROOT / "subgraphs" / service))


def test_every_subject_that_is_configured_has_a_schema():
    written = {
        type_
        for folder in ("stack", "deploy", "subgraphs", "supergraph")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".yaml", ".yml")
        for type_ in SUBJECT.findall(path.read_text())
    }
    assert written
    assert written <= set(TYPES)


@pytest.mark.parametrize("name", AGREED)
def test_a_schema_is_one_and_may_be_added_to(name: str):
    agreed = schema(name)
    jsonschema.Draft202012Validator.check_schema(agreed)
    assert agreed["$id"] == name
    assert agreed["title"]
    assert agreed["description"]
    assert set(agreed["required"]) == set(agreed["properties"])
    data = {**sample(name).data, "addedLater": 1}
    jsonschema.Draft202012Validator(agreed).validate(data)


@pytest.mark.parametrize("name", AGREED)
def test_events_tell_ids_and_no_text(name: str):
    text = {(name, field) for field, value in leaves(schema(name)) if is_text(value)}
    assert text <= TEXT_ALLOWED


@pytest.mark.parametrize("name", AGREED)
def test_what_a_service_makes_is_held_to_its_schema(name: str):
    good = sample(name)

    def made(**data: Any) -> Envelope:
        return dataclasses.replace(good, data=dict(good.data) | data)

    check(made())
    for wrong in ({"text": "what somebody wrote"}, {next(iter(good.data)): "no id"}):
        with pytest.raises(jsonschema.ValidationError):
            check(made(**wrong))
    for field in good.data:
        data = {other: value for other, value in good.data.items() if other != field}
        with pytest.raises(jsonschema.ValidationError):
            check(dataclasses.replace(good, data=data))


def test_a_type_without_a_schema_is_refused():
    event = Envelope.new("tweets.tweet.seen", source="tweets", subject="x", aggversion=1, data={})
    with pytest.raises(AssertionError, match="no such schema"):
        check(event)
