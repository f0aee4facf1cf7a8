"""Events fit their JSON Schemas, and the schemas refuse what is no such event."""

from __future__ import annotations

import copy
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from chassis.envelope import Envelope, uuid7
from subgraphs.users import events
from subgraphs.users.model.values import User

SCHEMAS = Path(__file__).resolve().parents[3] / "schema" / "events"
USER = User(
    id=uuid7(),
    username="Alice_1",
    email="alice@example.org",
    display_name="Älice",
    bio="Nobody's business",
    location=None,
    website=None,
    protected=True,
    searchable=False,
    created_at=datetime.now(UTC),
    version=7,
)
EVENTS = {
    "created": events.account_created(USER),
    "updated": events.profile_updated(USER),
    "revoked": events.session_revoked(USER.id, uuid.uuid4(), 8),
    "all revoked": events.session_revoked(USER.id, None, 8),
}


def validator(type: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{type}.v1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_an_event_fits_its_schema(event: Envelope):
    validator(event.type).validate(dict(event.data))
    assert Envelope.from_bytes(event.to_bytes()) == event
    assert (event.source, event.subject) == ("users", str(USER.id))
    assert event.dataschema == f"{event.type}.v1"


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_a_schema_asks_for_every_field_and_allows_more(event: Envelope):
    check = validator(event.type)
    check.validate({**event.data, "addedLater": 1})
    for name in event.data:
        lacking = dict(copy.deepcopy(event.data))
        del lacking[name]
        assert not check.is_valid(lacking), name
    assert not check.is_valid({**event.data, "userId": "no uuid"})


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_no_event_carries_what_is_private(event: Envelope):
    text = event.to_bytes().decode()
    assert USER.email not in text
    assert str(USER.bio) not in text


def test_every_schema_of_ours_has_an_event():
    written = {path.name.removesuffix(".v1.json") for path in SCHEMAS.glob("users.*.json")}
    assert written == {event.type for event in EVENTS.values()}
