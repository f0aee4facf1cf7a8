"""Sessions that end, and what a router then says to their tokens."""

from __future__ import annotations

import httpx

from chassis.envelope import Envelope
from tests.supergraph.serve.streams import Address, open_socket
from tests.supergraph.serve.tokens import USER

KIND = "users.session.revoked"


def revoked(session: str | None, user: str = USER) -> Envelope:
    """The event that a session ended; without one, all of the user."""
    data = {"userId": user, "sessionId": session}
    return Envelope.new(KIND, source="users", subject=user, aggversion=1, data=data)


async def status(router: Address, token: str) -> int:
    """What a query gets over HTTP, on a connection of its own."""
    async with httpx.AsyncClient(timeout=20) as client:
        headers = {"authorization": f"Bearer {token}"}
        answer = await client.post(router.http, json={"query": "{ hello }"}, headers=headers)
        return answer.status_code


async def closing(router: Address, token: str) -> int | None:
    """The code that a WebSocket with this token is closed with, if it is."""
    async with await open_socket(router) as socket:
        await socket.send("connection_init", payload={"authorization": f"Bearer {token}"})
        # Either is the first thing that comes.
        if (first := await socket.first()) is not None:
            assert first["type"] == "connection_ack"
            return None
        return (await socket.closed())[0]


async def statuses(router: Address, token: str) -> tuple[int, int | None]:
    """Both."""
    return await status(router, token), await closing(router, token)
