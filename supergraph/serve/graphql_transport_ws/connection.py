"""One WebSocket from its acceptance to its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

import structlog
from starlette.types import Message
from starlette.websockets import WebSocket

from chassis.identity import Client
from supergraph.serve.configuration import Configuration, SubscriptionsSection
from supergraph.serve.graphql_transport_ws.closing import (
    Forbidden,
    GoingAway,
    InitTooLate,
    InitTwice,
    MessageInvalid,
    MessageTooLarge,
    NotServing,
    Silent,
    SocketClosed,
    TooManySockets,
    TooSlow,
    Unacknowledged,
)
from supergraph.serve.graphql_transport_ws.messages import (
    Complete,
    Init,
    Ping,
    Pong,
    Subscribe,
    acknowledge,
    answered,
    ping,
    pong,
    read_message,
)
from supergraph.serve.graphql_transport_ws.operations import Operations
from supergraph.serve.graphql_transport_ws.token import authorization_of
from supergraph.serve.lifetimes import TokenEnded
from supergraph.serve.outgoing import Outgoing, SlowReader
from supergraph.serve.parameters import from_object
from supergraph.serve.pipeline import identify, refused, subscribe
from supergraph.serve.quota import Quota, address_of, identity_of
from supergraph.serve.refusals import (
    Draining,
    HeaderInvalid,
    ParameterInvalid,
    PersistedQueryUnsupported,
    RequestRefused,
    TokenRefused,
    TooMuchOpen,
)
from supergraph.serve.router import Router

_log = structlog.get_logger(__name__)


class Sockets:
    """How many WebSockets there may be: before `connection_init` by address, then by identity."""

    def __init__(self, section: SubscriptionsSection) -> None:
        self.pending = Quota("pending_per_address", section.pending_per_address)
        self.open = Quota("sockets_per_identity", section.sockets_per_identity)


class Connection:
    """Reads messages, runs operations, sends what comes of them.

    Args:
        socket: accepted.
        router: what answers.
        configuration: its limits.
        client: at the other end.
        sockets: counts this one.
    """

    def __init__(
        self,
        socket: WebSocket,
        router: Router,
        configuration: Configuration,
        client: Client,
        sockets: Sockets,
    ) -> None:
        section = configuration.subscriptions
        self._socket = socket
        self._router = router
        self._client = client
        self._sockets = sockets
        self._section = section
        self._largest = configuration.limits.body_bytes
        self._outgoing = Outgoing(socket.send_text, section.buffer, section.buffer_bytes)
        self._operations = Operations(
            partial(subscribe, router=router),
            self._outgoing,
            section.per_socket,
            partial(self.end, TooSlow()),
        )
        self._ended: asyncio.Future[SocketClosed] = asyncio.get_running_loop().create_future()
        self._held, self._pending = ExitStack(), ExitStack()
        # Of every operation; none before the acknowledgement.
        self._authorization: tuple[str, ...] | None = None
        self._heard = True
        self._timer: asyncio.TimerHandle | None = None

    async def serve(self) -> SocketClosed | None:
        """Serve until the client leaves, or until there is a reason to close, which it returns."""
        with self._held, self._pending:
            try:
                self._pending.enter_context(
                    self._sockets.pending.taken(address_of(self._client.ip))
                )
            except TooMuchOpen as refusal:
                return TooManySockets(str(refusal))
            self._held.enter_context(self._router.lifetimes.watched(None, self._end_for))
            self._call_later(self._section.init_timeout, partial(self.end, InitTooLate()))
            await self._until_ended()
        return self._ended.result() if self._ended.done() else None

    def end(self, reason: SocketClosed) -> None:
        """Have it closed; the first reason counts."""
        if not self._ended.done():
            self._ended.set_result(reason)

    async def _until_ended(self) -> None:
        tasks = [asyncio.create_task(work) for work in (self._read(), self._outgoing.run())]
        try:
            await asyncio.wait({*tasks, self._ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, self._operations.close(), return_exceptions=True)

    async def _read(self) -> None:
        try:
            while (message := await self._socket.receive())["type"] == "websocket.receive":
                await self._take(message)
                # Let the answers be sent: a burst of pings alone makes nobody a slow reader.
                await asyncio.sleep(0)
        except SocketClosed as reason:
            self.end(reason)
        except SlowReader:
            self.end(TooSlow())
        except Exception:  # noqa: BLE001 the client is told, the log gets the cause
            _log.exception("websocket failed")
            self.end(SocketClosed())

    async def _take(self, received: Message) -> None:
        text: str | None = received.get("text")
        if text is None:
            raise MessageInvalid("A message must be text.")
        if len(text) > self._largest:
            raise MessageTooLarge
        self._heard = True
        match read_message(text):
            case Init(payload):
                await self._initialise(payload)
            case Ping(payload):
                self._outgoing.put(pong(payload))
            case Pong():
                pass
            case Subscribe(id, payload):
                self._subscribe(id, payload)
            case Complete(id):
                self._operations.stop(id)

    async def _initialise(self, payload: Mapping[str, object]) -> None:
        if self._authorization is not None:
            raise InitTwice
        handshake = tuple(self._socket.headers.getlist("authorization"))
        authorization = authorization_of(payload, handshake)
        try:
            caller = await identify(authorization, self._client, self._router)
            if caller.viewer and caller.viewer.expires_at <= time.time():
                raise TokenEnded
            self._held.enter_context(self._sockets.open.taken(identity_of(caller)))
        except RequestRefused as refusal:
            raise _closing(refusal) from None
        self._held.enter_context(self._router.lifetimes.watched(caller.viewer, self._end_for))
        self._pending.close()
        self._authorization = authorization
        self._outgoing.put(acknowledge())
        self._call_later(self._section.ping_seconds, self._ping)

    def _subscribe(self, id: str, payload: Mapping[str, object]) -> None:
        if self._authorization is None:
            raise Unacknowledged
        try:
            request = from_object(payload, self._authorization)
        except ParameterInvalid as refusal:
            raise MessageInvalid(str(refusal)) from None
        except PersistedQueryUnsupported as refusal:
            self._outgoing.put(answered(id, refused(refusal)))
            return
        self._operations.start(id, replace(request, client=self._client))

    def _ping(self) -> None:
        if not self._heard:
            self.end(Silent())
            return
        self._heard = False
        try:
            self._outgoing.put(ping())
        except SlowReader:
            self.end(TooSlow())
        self._call_later(self._section.ping_seconds, self._ping)

    def _call_later(self, seconds: float, call: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, call)

    def _end_for(self, refusal: RequestRefused) -> None:
        self.end(_closing(refusal))


def _closing(refusal: RequestRefused) -> SocketClosed:
    match refusal:
        case TokenRefused():
            return Forbidden(str(refusal))
        case TooMuchOpen():
            return TooManySockets(str(refusal))
        case HeaderInvalid():
            return MessageInvalid(str(refusal))
        case Draining():
            return GoingAway()
        case _:
            return NotServing(str(refusal))
