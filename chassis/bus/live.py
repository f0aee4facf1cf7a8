"""Live messages on core NATS: at most once, to whoever listens at the moment.

They ring a bell and carry nothing that cannot be read again: a listener that missed one reads from
its own position at the next, or when it looks by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error

from chassis.bus.connection import settle

Heard = Callable[[bytes], Awaitable[None]]

_log = structlog.get_logger("chassis.bus")


class Listening:
    """A handler on one subject, until `stop`; the client subscribes again after a reconnect.

    Args:
        client: of the connection.
        subject: where it listens.
        handler: gets the data of each message, one at a time.

    Attributes:
        beginning: what will subscribe once NATS is there, if it was not.
    """

    def __init__(self, client: Client, subject: str, handler: Heard) -> None:
        self.beginning: asyncio.Task[None] | None = None
        self._client = client
        self._subject = subject
        self._handler = handler
        self._subscription: Subscription | None = None

    async def begin(self) -> None:
        """Subscribe; from the return on, what is told is heard, unless NATS stalls meanwhile."""
        self._subscription = await self._client.subscribe(  # pyright: ignore[reportUnknownMemberType] `future`
            self._subject, cb=self._received
        )
        # Or what another connection tells right now would not be heard.
        try:
            await settle(self._client)
        except Error as error:
            # The subscription stands all the same, and who listens also looks by itself.
            _log.warning("listening not confirmed", subject=self._subject, error=repr(error))

    async def stop(self) -> None:
        """Listen no more."""
        if self.beginning is not None:
            self.beginning.cancel()
            await asyncio.gather(self.beginning, return_exceptions=True)
        if self._subscription is None:
            return
        try:
            await self._subscription.unsubscribe()
        except Error as error:
            # The connection went first, and the subscription with it.
            _log.debug("not unsubscribed", subject=self._subject, error=repr(error))

    async def _received(self, message: Msg) -> None:
        try:
            await self._handler(message.data)
        except Exception:  # noqa: BLE001 the next message is handled all the same
            _log.exception("live message not handled", subject=self._subject)
