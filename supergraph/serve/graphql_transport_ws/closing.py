"""Why the router closes a WebSocket: one class per reason; its docstring is what clients read.

    * SocketClosed
      - MessageInvalid 4400, Unacknowledged 4401, Forbidden 4403, SubprotocolRefused 4406,
        InitTooLate 4408, OperationExists 4409, InitTwice 4429, TooManySockets 4429
      - GoingAway 1001, MessageTooLarge 1009
      - TryAgain 1013: NotServing, TooSlow, Silent

After 1001, 1013, 4403 and 4408 the usual clients connect again by themselves; after the others
they do not, since the same would come of it.

See https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

from typing import ClassVar

_LONGEST = 120


class SocketClosed(Exception):
    """The router closes the WebSocket.

    Attributes:
        code: of the close frame.
    """

    code: ClassVar[int] = 1011

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(reason or (type(self).__doc__ or "").strip())

    @property
    def reason(self) -> str:
        """Why, as short as a close frame needs it: 123 bytes."""
        return str(self).encode()[:_LONGEST].decode(errors="ignore")


class MessageInvalid(SocketClosed):
    """The message is not one of graphql-transport-ws."""

    code = 4400


class Unacknowledged(SocketClosed):
    """Send `connection_init` and wait for `connection_ack` before you subscribe."""

    code = 4401


class Forbidden(SocketClosed):
    """The access token does not hold."""

    code = 4403


class SubprotocolRefused(SocketClosed):
    """The subprotocol must be graphql-transport-ws."""

    code = 4406


class InitTooLate(SocketClosed):
    """No `connection_init` came in time."""

    code = 4408


class OperationExists(SocketClosed):
    """An operation with this id is running."""

    code = 4409


class InitTwice(SocketClosed):
    """`connection_init` came a second time."""

    code = 4429


class TooManySockets(SocketClosed):
    """Too many connections."""

    code = 4429


class GoingAway(SocketClosed):
    """This process of the router is about to end."""

    code = 1001


class MessageTooLarge(SocketClosed):
    """The message is larger than this router reads."""

    code = 1009


class TryAgain(SocketClosed):
    """Try again."""

    code = 1013


class NotServing(TryAgain):
    """The router cannot answer now."""


class TooSlow(TryAgain):
    """What was subscribed to is not read quickly enough."""


class Silent(TryAgain):
    """A ping was not answered."""
