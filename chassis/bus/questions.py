"""Questions from service to service: request and reply on core NATS."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from nats.aio.msg import Msg
from nats.errors import Error
from opentelemetry.trace import SpanKind

from chassis.bus.connection import Connection, heeding, reason, settle
from chassis.bus.subjects import BusUnavailable
from chassis.telemetry import extract, inject, span

# Questions of others that are answered at one time.
MOST_ANSWERS = 64
FAILED_HEADER = "x-mt-failed"

Answerer = Callable[[bytes], Awaitable[bytes]]

_log = structlog.get_logger("chassis.bus")


async def ask(connection: Connection, subject: str, data: bytes, seconds: float) -> bytes:
    """Ask whoever answers `subject`.

    Raises:
        BusUnavailable: nobody answers it (told at once), not in time, or the answerer failed.
    """
    connection.check_connected()
    with span(f"ask {subject}", kind=SpanKind.CLIENT):
        try:
            asked = connection.client.request(
                subject, data, timeout=seconds, headers=dict(inject())
            )
            answer = await heeding(asked)
        except Error as error:
            raise BusUnavailable(reason(error)) from error
    if answer.headers and FAILED_HEADER in answer.headers:
        raise BusUnavailable(f"{subject} failed")
    return answer.data


class Answering:
    """Answers questions, some at one time; beside them the client hands out further messages."""

    def __init__(self, connection: Connection, subject: str, handler: Answerer) -> None:
        self._connection = connection
        self._subject = subject
        self._handler = handler
        self._free = asyncio.Semaphore(MOST_ANSWERS)

    async def begin(self, queue: str) -> None:
        """Answer, together with all who name the same `queue`."""
        await self._connection.client.subscribe(  # pyright: ignore[reportUnknownMemberType] `future`
            self._subject, queue=queue, cb=self._received
        )
        await settle(self._connection.client)

    async def _received(self, message: Msg) -> None:
        await self._free.acquire()
        task = self._connection.start(self._answer(message))
        task.add_done_callback(lambda _: self._free.release())

    async def _answer(self, message: Msg) -> None:
        headers = message.headers or {}
        with span(f"answer {message.subject}", kind=SpanKind.SERVER, parent=extract(headers)):
            try:
                data, failed = await self._handler(message.data), None
            except Exception:  # noqa: BLE001 the asker is told, and others are answered all the same
                _log.exception("answer failed", subject=message.subject)
                data, failed = b"", {FAILED_HEADER: "1"}
        try:
            await self._connection.client.publish(message.reply, data, headers=failed)
        except Error as error:
            _log.warning("answer not sent", subject=message.subject, error=repr(error))
