"""The messages of graphql-transport-ws, as values.

See https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import structlog

from supergraph.serve.graphql_transport_ws.closing import MessageInvalid
from supergraph.serve.refusals import InternalFault
from supergraph.serve.request import Answer

SUBPROTOCOL = "graphql-transport-ws"
_LONGEST_ID = 256
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Init:
    """The client introduces itself."""

    payload: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Ping:
    """Are you there?"""

    payload: object = None


@dataclass(frozen=True, slots=True)
class Pong:
    """Yes."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Run an operation; `payload` has the parameters of a GraphQL request."""

    id: str
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Complete:
    """End an operation."""

    id: str


ClientMessage = Init | Ping | Pong | Subscribe | Complete


def read_message(text: str) -> ClientMessage:
    """Read what a client sent.

    Raises:
        MessageInvalid: not JSON, no object, of an unknown type, or without what its type needs.
    """
    try:
        written: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise MessageInvalid("A message is not JSON.") from None
    if not isinstance(written, dict):
        raise MessageInvalid("A message must be a JSON object.")
    message = cast("dict[str, object]", written)
    match message.get("type"):
        case "connection_init":
            return Init(_payload(message))
        case "ping":
            return Ping(message.get("payload"))
        case "pong":
            return Pong()
        case "subscribe":
            return Subscribe(_id(message), _payload(message))
        case "complete":
            return Complete(_id(message))
        case _:
            raise MessageInvalid("The type of a message is unknown.")


def _payload(message: Mapping[str, object]) -> Mapping[str, object]:
    payload = message.get("payload")
    if payload is None:
        return {}
    if not isinstance(payload, dict):
        raise MessageInvalid("The `payload` of a message must be an object.")
    return cast("dict[str, object]", payload)


def _id(message: Mapping[str, object]) -> str:
    given = message.get("id")
    if not isinstance(given, str) or not 0 < len(given) <= _LONGEST_ID:
        raise MessageInvalid(f"The `id` of a message must be text, at most {_LONGEST_ID} long.")
    return given


def acknowledge() -> str:
    """`connection_ack`."""
    return _write(type="connection_ack")


def ping() -> str:
    """`ping`, which the client answers."""
    return _write(type="ping")


def pong(payload: object) -> str:
    """`pong`, with what the client's ping had.

    Raises:
        MessageInvalid: that cannot be written.
    """
    try:
        return _write(type="pong") if payload is None else _write(type="pong", payload=payload)
    except TypeError as error:
        # What can be read may be nested too deeply to be written.
        raise MessageInvalid("The `payload` of a ping is nested too deeply.") from error


def answered(id: str, answer: Answer) -> str:
    """`next` with an answer; `error`, after which nothing comes, where nothing was executed."""
    if is_last(answer):
        return _write(id=id, type="error", payload=answer.body["errors"])
    try:
        return _write(id=id, type="next", payload=answer.body)
    except TypeError:
        # Data came from the executor: a value that JSON cannot hold is our fault.
        _log.exception("answer cannot be encoded")
        return _write(id=id, type="error", payload=InternalFault().errors())


def is_last(answer: Answer) -> bool:
    """Whether it ends its operation: an answer without data says that nothing was executed."""
    return "data" not in answer.body


def completed(id: str) -> str:
    """`complete`: nothing more comes of the operation."""
    return _write(id=id, type="complete")


def _write(**message: Any) -> str:
    return orjson.dumps(message).decode()
