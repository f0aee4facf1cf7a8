"""The answers of a subscription as one long HTTP response.

A stream that ends without saying so was cut off, and clients connect again.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial

from starlette.types import Receive, Scope, Send

from supergraph.serve.answer_stream import AnswerStream
from supergraph.serve.configuration import SubscriptionsSection
from supergraph.serve.lifetimes import Lifetimes
from supergraph.serve.outgoing import Outgoing, SlowReader
from supergraph.serve.refusals import Draining, RequestRefused
from supergraph.serve.request import Answer
from supergraph.serve.stream_formats import StreamFormat

HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Authorization"}


class StreamResponse:
    """The answers of a subscription as an HTTP response.

    Args:
        answers: closed at the end.
        written: how they are written.
        lifetimes: say when that must be.
        section: how much may wait, and how often a heartbeat is due.
    """

    def __init__(
        self,
        answers: AnswerStream,
        written: StreamFormat,
        lifetimes: Lifetimes,
        section: SubscriptionsSection,
    ) -> None:
        self._answers = answers
        self._written = written
        self._lifetimes = lifetimes
        self._section = section

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send answers until the subscription ends, the client leaves, or its time has come."""
        headers = [(k.lower().encode(), v.encode()) for k, v in self._headers().items()]

        async def write(text: str) -> None:
            body = text.encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})

        async with aclosing(self._answers):
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            outgoing = Outgoing(write, self._section.buffer, self._section.buffer_bytes)
            if self._written.opening:
                outgoing.put(self._written.opening)
            if await self._until_ended(outgoing, receive):
                await send({"type": "http.response.body", "body": b""})

    def _headers(self) -> dict[str, str]:
        # Proxies pass answers on one by one.
        return {**HEADERS, "Content-Type": self._written.content_type, "X-Accel-Buffering": "no"}

    async def _until_ended(self, outgoing: Outgoing, receive: Receive) -> bool:
        """Whether the client read everything; else the response breaks off."""
        ended: asyncio.Future[RequestRefused] = asyncio.get_running_loop().create_future()
        putting = asyncio.create_task(self._put_all(outgoing))
        beating = asyncio.create_task(self._beat(outgoing))
        sending = asyncio.create_task(outgoing.run())
        leaving = asyncio.create_task(_until_left(receive))
        tasks = (putting, beating, sending, leaving)
        try:
            with self._lifetimes.watched(self._answers.viewer, partial(_set_once, ended)):
                await asyncio.wait({*tasks, ended}, return_when=asyncio.FIRST_COMPLETED)
            if any(task.done() for task in (beating, sending, leaving)):
                return False
            await _end(putting, beating)
            if not ended.done() and putting.exception() is not None:
                return False
            try:
                self._put_last(outgoing, ended)
            except SlowReader:
                return False
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return sending.done() and sending.exception() is None
        finally:
            await _end(*tasks)

    async def _put_all(self, outgoing: Outgoing) -> None:
        async for answer in self._answers:
            outgoing.put(self._written.next(answer), "answers")
            # Let it be sent before the next one comes, or a burst looks like a slow reader.
            await asyncio.sleep(0)

    async def _beat(self, outgoing: Outgoing) -> None:
        while True:
            await asyncio.sleep(self._section.ping_seconds)
            outgoing.put(self._written.heartbeat)

    def _put_last(self, outgoing: Outgoing, ended: asyncio.Future[RequestRefused]) -> None:
        """What the client reads last: why it ended before its time, if it did, and that it did."""
        outgoing.finish()
        if not ended.done():
            outgoing.put(self._written.complete)
        elif not isinstance(ended.result(), Draining):
            outgoing.put(self._written.broken(Answer({"errors": ended.result().errors()})))
        # Draining: what just breaks off is begun again by clients, in another process.


def _set_once(ended: asyncio.Future[RequestRefused], reason: RequestRefused) -> None:
    if not ended.done():
        ended.set_result(reason)


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
