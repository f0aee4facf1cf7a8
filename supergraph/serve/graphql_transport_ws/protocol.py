"""How uvicorn carries a WebSocket, with bounds where its own protocol has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
    from websockets.frames import Frame

# A message comes in one frame or a few; endless empty ones would fill the memory.
_MOST_FRAMES = 1_000
_TOO_LARGE = 1009
# After it a peer that does not read its close frame is cut off.
_CUT_OFF_SECONDS = 15.0


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """Reads nothing from who reads nothing, and does not wait for them to be closed."""

    def pause_writing(self) -> None:
        """Stop reading as well: pings would be answered into a buffer that only grows."""
        super().pause_writing()
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        """Read on, unless a message still waits for the application."""
        super().resume_writing()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    async def receive(self) -> ASGIReceiveEvent:
        """Take a message, without reading on where writing is paused."""
        message = await super().receive()
        if not self.writable.is_set() and not self.transport.is_closing():
            self.transport.pause_reading()
        return message

    async def send(self, message: ASGISendEvent) -> None:
        """Send; a close goes ahead although the peer has not read what was before it."""
        if message["type"] == "websocket.close":
            self.writable.set()
            self.loop.call_later(_CUT_OFF_SECONDS, self.transport.abort)
        await super().send(message)

    def handle_cont(self, event: Frame) -> None:
        """Take one more frame of a message, up to a bound."""
        if self.close_sent:
            return
        if len(self.frames) >= _MOST_FRAMES:
            self.conn.fail(_TOO_LARGE, "too many frames")
            self.handle_parser_exception()
            return
        super().handle_cont(event)
