"""A subgraph's schema over HTTP and WebSocket, behind the gate of `chassis.server`."""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.federation import Schema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from chassis.identity import Viewer

ContextT = TypeVar("ContextT")
# From the opening of a WebSocket to its `connection_init`.
INIT_WITHIN: Final = timedelta(seconds=10)


class SubgraphEndpoint(GraphQL[ContextT, None]):
    """Answers POST, and WebSockets of graphql-transport-ws; no page for people, nothing by GET.

    Args:
        schema: what is asked.
    """

    def __init__(self, schema: Schema) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
            connection_init_wait_timeout=INIT_WITHIN,
        )

    @abstractmethod
    def context_of(self, asked: Request | WebSocket) -> ContextT:
        """Make the context of a request, or of a WebSocket with its many operations."""

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> ContextT:
        """Give resolvers their context."""
        return self.context_of(request)


def viewer_of(asked: Request | WebSocket) -> Viewer | None:
    """Say who asks, by the claims that the gate verified; `None` is nobody."""
    viewer: Viewer | None = asked.state.viewer
    return viewer


def viewer_id_of(asked: Request | WebSocket) -> UUID | None:
    """Give the id of who asks."""
    viewer = viewer_of(asked)
    return None if viewer is None else UUID(viewer.id)
