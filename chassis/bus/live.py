"""Live messages on core NATS: at most once, to whoever listens at the moment.

They ring a bell and carry nothing that cannot be read again: a listener that missed one reads from
its own position at the next, or when it looks by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription
from nats.errors import Error

Heard = Callable[[bytes], Awaitable[None]]

_log = structlog.get_logger("chassis.bus")


class Listening:
    """A handler on one subject, until `stop`; the client subscribes again after a reconnect.

    Args:
        subject: where it listens.
        handler: gets the data of each message, one at a time.
    """

    def __init__(self, subject: str, handler: Heard) -> None:
        self.subject = subject
        self._handler = handler
        self._subscription: NatsSubscription | None = None
        self._beginning: asyncio.Task[None] | None = None

    def begin_later(self, beginning: asyncio.Task[None]) -> None:
        """Remember what will subscribe once NATS is there."""
        self._beginning = beginning

    def begun(self, subscription: NatsSubscription) -> None:
        """Take what `stop` ends."""
        self._subscription = subscription

    async def received(self, message: Msg) -> None:
        """Hand on one message; a handler that fails loses this one only."""
        try:
            await self._handler(message.data)
        except Exception:  # noqa: BLE001 the next message is handled all the same
            _log.exception("live message not handled", subject=self.subject)

    async def stop(self) -> None:
        """Listen no more; returns once no message is being handled for it."""
        if self._beginning is not None:
            self._beginning.cancel()
            await asyncio.gather(self._beginning, return_exceptions=True)
        if self._subscription is None:
            return
        try:
            await self._subscription.unsubscribe()
        except Error as error:
            # The connection went first, and the subscription with it.
            _log.debug("not unsubscribed", subject=self.subject, error=repr(error))
