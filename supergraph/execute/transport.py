"""The one seam between the router and its subgraphs.

`http.py` speaks HTTP and WebSocket, `asgi.py` calls applications in the same process; the executor
knows only what stands here.

Errors:
    * TransportError
      - SubgraphUnreachable
      - SubgraphRefused
      - SubgraphTimeout
      - SubgraphAnswerInvalid
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from supergraph.query_plan.nodes import OperationKind


class TransportError(Exception):
    """The subgraph gave no answer that can be used."""


class SubgraphUnreachable(TransportError):
    """The subgraph cannot be reached."""


class SubgraphRefused(TransportError):
    """The subgraph answered with an HTTP error."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status


class SubgraphTimeout(TransportError):
    """The subgraph did not answer in time."""


class SubgraphAnswerInvalid(TransportError):
    """The subgraph's answer is not a GraphQL response."""


@dataclass(frozen=True, slots=True)
class SubgraphRequest:
    """One GraphQL request to one subgraph, ready for the wire.

    Attributes:
        subgraph: the subgraph's name.
        kind: a query may be sent again to another URL when a connection fails; a mutation never
            after any of its bytes have left. A subscription goes to `Transport.subscribe`.
        body: JSON of `query`, `variables` and `operationName`.
        headers: all headers that the router adds; of the client's own the trace context alone.
    """

    subgraph: str
    kind: OperationKind
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class SubgraphResponse:
    """What came back, not yet decoded.

    Attributes:
        status: the HTTP status; 200 where the transport has none.
        body: after decompression, bounded in size by the transport.
    """

    status: int
    body: bytes


class Transport(Protocol):
    """Carries requests to subgraphs.

    `send` and `subscribe` may be cancelled at any time and then leave nothing behind. Time is kept
    by the caller.
    """

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send one request and wait for its whole answer, whatever its status.

        Raises:
            SubgraphUnreachable: unknown, refused, or the connection broke off.
            SubgraphTimeout: it took longer than the transport allows.
            SubgraphAnswerInvalid: the answer broke HTTP's rules or is too large.
        """
        ...

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        """Begin a stream and wait until the subgraph has taken it.

        Closing the generator, or cancelling whoever waits for its next item, ends the stream at
        the subgraph. Little is read ahead: a subgraph that is quicker than its reader waits.

        Returns:
            A GraphQL response each, as JSON, over graphql-transport-ws: the payload of `next`;
            for `error` `{"errors": […]}`, which is the last. It ends when the subgraph completes
            and raises a `TransportError` when the stream breaks off.

        Raises:
            SubgraphUnreachable: unknown, refused, or closed before it was taken.
            SubgraphRefused: an HTTP error instead of a WebSocket.
            SubgraphTimeout: it was not taken in time.
            SubgraphAnswerInvalid: the subgraph broke the protocol's rules.
        """
        ...

    async def close(self) -> None:
        """Let go of connections; nothing may be sent afterwards."""
        ...
