"""One client request, whatever transport it came by, and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.identity import Client
from supergraph.serve.refusals import RequestRefused


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """What a client asks.

    Attributes:
        query: the document's text.
        variables: as the client sent them.
        authorization: every `Authorization` header.
        client: where it came from.
        read_only: the transport may not change anything (GET).
        streaming: the transport can carry more than one answer.
    """

    query: str
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])
    authorization: tuple[str, ...] = ()
    client: Client = field(default_factory=Client)
    read_only: bool = False
    streaming: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets.

    Attributes:
        body: `data`, `errors`, `extensions`; without `data` where nothing was executed.
        refusal: why nothing was executed.
    """

    body: Mapping[str, Any]
    refusal: RequestRefused | None = None
