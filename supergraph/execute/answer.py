"""Read a subgraph's answer, which may be anything, within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from supergraph.execute.errors import Fault, Path, fault_of_subgraph
from supergraph.execute.json_values import Object, is_list, is_object
from supergraph.execute.transport import SubgraphAnswerInvalid, SubgraphRefused, SubgraphResponse

MAX_DEPTH = 200
"""Levels of objects and lists. Operations nest far less; only a custom scalar could hold more."""


@dataclass(frozen=True, slots=True)
class SubgraphError:
    """One entry of a subgraph's `errors`.

    Attributes:
        path: in the subgraph's answer; `None` where it has none that can be read.
    """

    fault: Fault
    path: Path | None


@dataclass(frozen=True, slots=True)
class Answer:
    """A GraphQL response. Without data there is at least one error.

    Attributes:
        extensions: what else the subgraph says, beside data and errors.
        executed: whether there is a `data`, be it null; without it nothing was executed.
    """

    data: Object | None
    errors: tuple[SubgraphError, ...] = ()
    extensions: Object = field(default_factory=dict[str, Any])
    executed: bool = True


def read_answer(response: SubgraphResponse, subgraph: str) -> Answer:
    """Decode a response and check that it is a GraphQL answer.

    An HTTP error with a GraphQL answer in it counts as that answer, since many servers send
    their request errors so.

    Raises:
        SubgraphRefused: an HTTP error without a GraphQL answer.
        SubgraphAnswerInvalid: not JSON, too deep, or not of the form that GraphQL gives.
    """
    refused = not 200 <= response.status < 300  # noqa: PLR2004 - the range of HTTP successes
    try:
        answer = _read(_decode(response.body), subgraph)
    except SubgraphAnswerInvalid as invalid:
        raise SubgraphRefused(response.status) if refused else invalid from invalid
    if refused and not answer.errors:
        raise SubgraphRefused(response.status)
    return answer


def _decode(body: bytes) -> Object:
    try:
        value: object = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SubgraphAnswerInvalid(f"not JSON: {error}") from error
    if not is_object(value):
        raise SubgraphAnswerInvalid("not a JSON object")
    # Counting brackets is quick and never counts too few.
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH and _is_deep(value):
        raise SubgraphAnswerInvalid(f"more than {MAX_DEPTH} levels deep")
    return value


def _is_deep(value: Object) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [item for container in level for item in _containers(container)]
        if not level:
            return False
    return True


def _containers(value: Any) -> Iterable[Any]:
    items: Iterable[Any] = value.values() if is_object(value) else value
    return (item for item in items if is_object(item) or is_list(item))


def _read(value: Object, subgraph: str) -> Answer:
    data, errors = value.get("data"), value.get("errors")
    if data is not None and not is_object(data):
        raise SubgraphAnswerInvalid("data is not an object")
    if errors is not None and not is_list(errors):
        raise SubgraphAnswerInvalid("errors is not a list")
    if data is None and not errors:
        raise SubgraphAnswerInvalid("neither data nor errors")
    extensions = value.get("extensions")
    return Answer(
        data,
        tuple(_error(entry, subgraph) for entry in errors or ()),
        extensions if is_object(extensions) else {},
        "data" in value,
    )


def _error(entry: Any, subgraph: str) -> SubgraphError:
    if not is_object(entry) or not isinstance(message := entry.get("message"), str):
        raise SubgraphAnswerInvalid("an error without a message")
    extensions = entry.get("extensions")
    fault = fault_of_subgraph(message, extensions if is_object(extensions) else {}, subgraph)
    return SubgraphError(fault, _path(entry.get("path")))


def _path(value: Any) -> Path | None:
    if not is_list(value) or not value:
        return None
    parts = [part for part in value if isinstance(part, str | int) and not isinstance(part, bool)]
    return tuple(parts) if len(parts) == len(value) else None
