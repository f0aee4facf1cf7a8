"""One connection to NATS: made in the background, kept for the life of the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

import structlog
from nats.aio.client import DEFAULT_INBOX_PREFIX, Client
from nats.errors import Error, NoRespondersError
from nats.js import JetStreamContext
from nats.js.errors import NoStreamResponseError

from chassis.bus.streams import make_streams
from chassis.bus.subjects import BusUnavailable

ACK_SECONDS = 2.0
RECONNECT_SECONDS = 0.25

_T = TypeVar("_T")
Work = Callable[[], Coroutine[None, None, None]]

_log = structlog.get_logger("chassis.bus")


class Connection:
    """The client, what hangs on it, and whether it is there.

    Args:
        url: `nats://user:password@host:port`.
        name: of the service, as NATS shows it.
    """

    def __init__(self, url: str, name: str) -> None:
        self.client = Client()
        self.jetstream = JetStreamContext(self.client, timeout=ACK_SECONDS)
        self._url = url
        self._name = name
        self._connected = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def is_connected(self) -> bool:
        """Whether NATS is there at the moment."""
        return self.client.is_connected

    async def wait_connected(self) -> None:
        """Return when NATS is there."""
        await self._connected.wait()

    def check_connected(self) -> None:
        """See that NATS is there.

        Raises:
            BusUnavailable: it is not.
        """
        if not self.is_connected:
            raise BusUnavailable("not connected")

    async def open(self, wait_seconds: float) -> None:
        """Begin to connect; returns when connected, or after `wait_seconds` all the same."""
        await asyncio.wait({self.start(self._connect())}, timeout=wait_seconds)

    async def when_connected(self, work: Work) -> asyncio.Task[None] | None:
        """Do `work` now, or beside everything else once NATS is there; then gives its task."""
        if self.is_connected:
            await work()
            return None
        return self.start(self._later(work))

    async def ensure_streams(self) -> None:
        """Make the streams, or bring them up to date.

        Raises:
            BusUnavailable: NATS did not do it.
        """
        try:
            await make_streams(self.jetstream)
        except Error as error:
            raise BusUnavailable(reason(error)) from error

    async def put(self, subject: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Put a message into the stream of its subject and wait until it is there.

        Raises:
            BusUnavailable: not acknowledged in time; it may be there all the same.
        """
        self.check_connected()
        try:
            await self._put(subject, body, dict(headers))
        except Error as error:
            raise BusUnavailable(reason(error)) from error

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Do `work` beside everything else, until `close`."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Finish what is in hand and hang up."""
        self._closing = True
        try:
            if self.is_connected:
                await self.client.drain()
            else:
                await self.client.close()
        except Error as error:
            _log.warning("bus not closed cleanly", error=repr(error))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _put(self, subject: str, body: bytes, headers: dict[str, str]) -> None:
        try:
            await heeding(self.jetstream.publish(subject, body, headers=headers))
        except NoStreamResponseError:
            # Nobody has made it yet, or the server came back without its data.
            await make_streams(self.jetstream)
            await heeding(self.jetstream.publish(subject, body, headers=headers))

    async def _later(self, work: Work) -> None:
        await self._connected.wait()
        try:
            await work()
        except (Error, BusUnavailable) as error:
            _log.warning("not done on the bus", error=repr(error))

    async def _connect(self) -> None:
        await self.client.connect(
            self._url,
            name=self._name,
            inbox_prefix=_inbox_prefix(self._url),
            error_cb=_on_error,
            disconnected_cb=self._on_disconnect,
            reconnected_cb=self._on_connect,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,  # pyright: ignore[reportArgumentType] it sleeps, so parts of a second do
            connect_timeout=2,
            ping_interval=10,
            drain_timeout=5,
        )
        await self._on_connect()

    async def _on_connect(self) -> None:
        _log.info("bus connected")
        self._connected.set()

    async def _on_disconnect(self) -> None:
        self._connected.clear()
        if not self._closing:
            _log.warning("bus disconnected")


def reason(error: Error) -> str:
    """Why NATS did not do it, in a few words."""
    if isinstance(error, NoRespondersError):
        return "nobody answers"
    return f"{type(error).__name__}: {error}"


async def heeding(work: Awaitable[_T]) -> _T:
    """What NATS answers, unless the task that waits for it was cancelled meanwhile.

    The client waits by `asyncio.wait_for`, which before Python 3.12 forgets a cancellation that
    comes together with the answer.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        return await work
    finally:
        if task is not None and task.cancelling() > before:
            raise asyncio.CancelledError


async def settle(client: Client) -> None:
    """Return when the server knows every subscription made before.

    Raises:
        nats.errors.Error: it did not say so in time.
    """
    # The client writes its PING at once, past commands that wait to be written: these are on their
    # way when the first PONG is back.
    await client.flush()
    await client.flush()


def _inbox_prefix(url: str) -> str:
    """Answers come to the user's own place, which the server lets no other user read."""
    default = DEFAULT_INBOX_PREFIX.decode()
    user = urlsplit(url).username
    return f"{default}.{user}" if user else default


async def _on_error(error: Exception) -> None:
    # A refused publish or subscription shows only here.
    if "permissions" in str(error).lower() or "authorization" in str(error).lower():
        _log.error("bus refuses", error=str(error))
    else:
        _log.debug("bus error", error=repr(error))
