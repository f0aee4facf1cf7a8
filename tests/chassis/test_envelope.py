from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.envelope import JSON, Envelope, EnvelopeInvalid, EventTooLarge, uuid7
from chassis.telemetry import attach

WORD = st.text(string.ascii_lowercase, min_size=1, max_size=10)
LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUE = st.recursive(
    LEAF | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    source = draw(WORD)
    return Envelope(
        id=str(draw(st.uuids())),
        type=f"{source}.{draw(WORD)}.{draw(WORD)}",
        source=source,
        subject=draw(st.text(min_size=1, max_size=40)),
        time=draw(st.datetimes(timezones=st.just(UTC))),
        dataschema=draw(st.text(min_size=1, max_size=40)),
        traceparent=draw(st.none() | st.just("00-" + "a" * 32 + "-" + "b" * 16 + "-01")),
        aggversion=draw(st.integers(1, 2**53)),
        data=draw(st.dictionaries(st.text(max_size=10), VALUE, max_size=4)),
    )


def event(**data: JSON) -> Envelope:
    return Envelope.new(
        "users.account.created", source="users", subject="some-id", aggversion=1, data=data
    )


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(event().to_bytes()) | fields).encode()


@given(envelopes())
def test_comes_back_as_it_went(envelope: Envelope):
    assert Envelope.from_bytes(envelope.to_bytes()) == envelope


@given(
    envelopes(),
    st.sampled_from(["id", "type", "source", "subject", "dataschema"]),
    st.text(max_size=20),
)
def test_what_can_be_recorded_can_be_read(envelope: Envelope, field: str, text: str):
    """Else one bad event would hold up its outbox for ever."""
    changed = dataclasses.replace(envelope, **{field: text})
    try:
        body = changed.to_bytes()
    except EnvelopeInvalid:
        return
    assert Envelope.from_bytes(body) == changed


@pytest.mark.parametrize(
    "fields",
    [{"subject": ""}, {"time": datetime(2026, 1, 1)}, {"aggversion": 0}, {"source": "tweets"}],  # noqa: DTZ001 that is the fault
)
def test_what_could_not_be_read_cannot_be_recorded(fields: dict[str, Any]):
    with pytest.raises(EnvelopeInvalid):
        dataclasses.replace(event(), **fields).to_bytes()


@given(st.binary(max_size=300))
def test_bytes_are_an_event_or_refused(body: bytes):
    with pytest.raises(EnvelopeInvalid):
        Envelope.from_bytes(body)


@given(envelopes(), st.data())
def test_a_broken_event_is_refused_and_nothing_else_is_raised(
    envelope: Envelope, data: st.DataObject
):
    body = envelope.to_bytes()
    place = data.draw(st.integers(0, len(body) - 1))
    broken = body[:place] + data.draw(st.binary(max_size=3)) + body[place + 1 :]
    with contextlib.suppress(EnvelopeInvalid):
        Envelope.from_bytes(broken)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"id": "1"}, "id"),
        ({"id": "{01890000-0000-7000-8000-000000000000}"}, "id"),
        ({"type": "users.*.created"}, "type"),
        ({"type": "users.account.created\r\n"}, "type"),
        ({"type": "users.account.>"}, "type"),
        ({"type": "created"}, "type"),
        ({"type": "tweets.account.created"}, "source"),
        ({"source": 7}, "source"),
        ({"subject": ""}, "subject"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-01-01T00:00:00"}, "time"),
        ({"aggversion": 0}, "aggversion"),
        ({"aggversion": True}, "aggversion"),
        ({"aggversion": "1"}, "aggversion"),
        ({"aggversion": 1.5}, "aggversion"),
        ({"data": [1]}, "data"),
        ({"data": None}, "data"),
    ],
)
def test_says_which_field_is_wrong(fields: dict[str, object], named: str):
    with pytest.raises(EnvelopeInvalid, match=named):
        Envelope.from_bytes(changed(**fields))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_refuses_numbers_that_are_no_json(number: str):
    with pytest.raises(EnvelopeInvalid):
        Envelope.from_bytes(event(n=7).to_bytes().replace(b"7}", number.encode() + b"}"))
    with pytest.raises(EnvelopeInvalid):
        event(n=math.nan).to_bytes()


def test_refuses_deep_nesting_without_falling_over():
    with pytest.raises(EnvelopeInvalid):
        Envelope.from_bytes(b"[" * 60_000)


def test_has_at_most_64_kib_both_ways():
    with pytest.raises(EventTooLarge):
        event(text="x" * 65_536).to_bytes()
    with pytest.raises(EventTooLarge):
        Envelope.from_bytes(b" " * 65_537)


def test_fields_of_a_later_version_are_left_out():
    assert Envelope.from_bytes(changed(newfield={"a": 1})).type == "users.account.created"


def test_a_broken_trace_does_not_lose_the_event():
    assert Envelope.from_bytes(changed(traceparent="00-xyz")).traceparent is None


def test_a_new_event_stands_in_the_current_trace():
    trace = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
    with attach(trace):
        assert event().traceparent == trace
    assert event().traceparent is None


def test_a_new_event_is_of_now_and_has_its_subject():
    made = event()
    assert datetime.now(UTC) - made.time < timedelta(seconds=5)
    assert made.nats_subject == "mt.v1.users.account.created"
    assert made.dataschema == "users.account.created.v1"


def test_ids_are_unique_and_ascend():
    ids = [uuid7() for _ in range(20_000)]
    assert ids == sorted(set(ids))
    assert {made.version for made in ids} == {7}
