"""The one shape of an event on the wire: CloudEvents 1.0 names, as JSON."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, cast

import uuid_utils.compat

from chassis.telemetry import current_session, inject

JSON: TypeAlias = "str | int | float | bool | Sequence[JSON] | Mapping[str, JSON] | None"

LARGEST = 64 * 1024
PREFIX = "mt.v1."
# Each part becomes a NATS subject token: no dot, wildcard, space or line end can get in.
TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){2,5}", re.ASCII)
TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_TEXTS = ("id", "type", "source", "subject", "time", "dataschema")


class EnvelopeInvalid(Exception):
    """These bytes are not an event."""


class EventTooLarge(EnvelopeInvalid):
    """An event has at most 64 KiB encoded."""


@dataclass(frozen=True)
class Envelope:
    """An event, as it is recorded, sent and read.

    Attributes:
        id: UUIDv7 text; also the `Nats-Msg-Id`, and what an inbox remembers.
        type: `<service>.<aggregate>.<past participle>`.
        source: the service that recorded it.
        subject: id of the aggregate it is about.
        time: when it was recorded; aware, UTC, microseconds.
        dataschema: name of the JSON Schema of `data`, with its version.
        traceparent: W3C trace context of the change, if it was traced.
        session: the session in which somebody made the change, for logs; None for machines.
        aggversion: version of the aggregate after the change, 1 and up; older ones are stale.
        data: ids and plain values; no text written by people.
    """

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    dataschema: str
    traceparent: str | None
    aggversion: int
    data: Mapping[str, JSON]
    session: str | None = None

    @classmethod
    def new(
        cls, type: str, *, source: str, subject: str, aggversion: int, data: Mapping[str, JSON]
    ) -> Envelope:
        """Make an event of now, in the current trace and session.

        Raises:
            EnvelopeInvalid: the type is no chain of lower-case words that begins with `source`,
                or the version is under 1.
        """
        event = cls(
            id=str(uuid7()),
            type=type,
            source=source,
            subject=subject,
            time=datetime.now(UTC),
            dataschema=f"{type}.v1",
            traceparent=inject().get("traceparent"),
            aggversion=aggversion,
            data=data,
            session=_session(current_session()),
        )
        _check(event)
        return event

    @property
    def nats_subject(self) -> str:
        """Where it is published."""
        return PREFIX + self.type

    def to_bytes(self) -> bytes:
        """Encode as UTF-8 JSON.

        Raises:
            EventTooLarge: more than 64 KiB.
            EnvelopeInvalid: `from_bytes` would not take it: a field is not as it must be, or
                `data` holds what JSON cannot say (NaN, a set, …).
        """
        # Or it would be found out after the change was committed, and hold up those behind it.
        _check(self)
        fields = {name: getattr(self, name) for name in _TEXTS if name != "time"}
        fields |= {"time": self.time.isoformat(), "specversion": "1.0", "data": self.data}
        fields |= {"aggversion": self.aggversion}
        if self.traceparent is not None:
            fields["traceparent"] = self.traceparent
        if self.session is not None:
            fields["session"] = self.session
        try:
            text = json.dumps(fields, separators=(",", ":"), allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise EnvelopeInvalid(f"data is not JSON: {error}") from error
        if len(text) > LARGEST:
            raise EventTooLarge
        return text.encode()

    @classmethod
    def from_bytes(cls, body: bytes) -> Envelope:
        """Decode; fields that we do not know are left out, so that others may add some.

        Raises:
            EnvelopeInvalid: names the first field that is missing or of another kind.
        """
        fields = _object(body)
        if fields.get("specversion") != "1.0":
            raise EnvelopeInvalid("specversion is not 1.0")
        texts = {name: _text(fields, name) for name in _TEXTS}
        event = cls(
            id=texts["id"],
            type=texts["type"],
            source=texts["source"],
            subject=texts["subject"],
            time=_time(texts["time"]),
            dataschema=texts["dataschema"],
            traceparent=_traceparent(fields.get("traceparent")),
            aggversion=cast("int", fields.get("aggversion")),
            data=cast("Mapping[str, JSON]", fields.get("data")),
            session=_session(fields.get("session")),
        )
        _check(event)
        return event


def uuid7() -> uuid.UUID:
    """A UUIDv7: unique, and later ones of this process sort after earlier ones."""
    return uuid_utils.compat.uuid7()


def _object(body: bytes) -> dict[str, object]:
    if len(body) > LARGEST:
        raise EventTooLarge
    try:
        value: object = json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise EnvelopeInvalid("not JSON") from error
    if not isinstance(value, dict):
        raise EnvelopeInvalid("not an object")
    return cast("dict[str, object]", value)


def _refuse(constant: str) -> object:
    # Python reads NaN and Infinity, which no other JSON reader does.
    raise ValueError(constant)


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise EnvelopeInvalid(f"{name} is missing or not text")
    return value


def _traceparent(value: object) -> str | None:
    # An event is worth more than its trace: a broken one is left out.
    return value if isinstance(value, str) and TRACEPARENT.fullmatch(value) else None


def _session(value: object) -> str | None:
    # It is for logs alone: what is no id is left out.
    return value if isinstance(value, str) and UUID_TEXT.fullmatch(value) else None


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise EnvelopeInvalid("time is not RFC 3339") from error
    if time.tzinfo is None:
        raise EnvelopeInvalid("time has no zone")
    return time.astimezone(UTC)


def _check(event: Envelope) -> None:
    if not event.subject or not event.dataschema:
        raise EnvelopeInvalid("subject or dataschema is empty")
    if event.time.tzinfo is None:
        raise EnvelopeInvalid("time has no zone")
    if not TYPE.fullmatch(event.type):
        raise EnvelopeInvalid("type is not a chain of lower-case words")
    version = cast("object", event.aggversion)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise EnvelopeInvalid("aggversion is not a whole number of 1 or more")
    if not isinstance(cast("object", event.data), Mapping):
        raise EnvelopeInvalid("data is not an object")
    if not event.type.startswith(f"{event.source}."):
        raise EnvelopeInvalid("type does not begin with its source")
    if not UUID_TEXT.fullmatch(event.id):
        raise EnvelopeInvalid("id is not a UUID in lower case")
