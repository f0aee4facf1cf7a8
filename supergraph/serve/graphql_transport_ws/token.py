"""The access token of a WebSocket: in the payload of `connection_init`, or in the handshake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from supergraph.serve.graphql_transport_ws.closing import MessageInvalid

_NAME = "authorization"


def authorization_of(payload: Mapping[str, object], handshake: tuple[str, ...]) -> tuple[str, ...]:
    """Every `Authorization` that the client gave; the handshake's only where the payload has none.

    Args:
        payload: `{"authorization": "Bearer …"}` or `{"headers": {"Authorization": "Bearer …"}}`,
            names in any case.
        handshake: its `Authorization` headers; browsers cannot send any.

    Raises:
        MessageInvalid: one of them is no text.
    """
    given = [*_named(payload)]
    for name, headers in payload.items():
        if name.lower() == "headers" and isinstance(headers, dict):
            given += _named(cast("dict[str, object]", headers))
    return tuple(given) or handshake


def _named(values: Mapping[str, object]) -> Iterator[str]:
    for name, value in values.items():
        if name.lower() != _NAME or value is None:
            continue
        if not isinstance(value, str):
            raise MessageInvalid("`authorization` must be `Bearer` and an access token.")
        yield value
