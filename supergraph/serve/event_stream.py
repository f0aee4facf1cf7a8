"""GraphQL over server-sent events, one operation per connection.

A stream that ends without the event `complete` was cut off, and clients connect again.

See https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial

import orjson
import structlog
from starlette.types import Receive, Scope, Send

from supergraph.serve.answer_stream import AnswerStream
from supergraph.serve.configuration import SubscriptionsSection
from supergraph.serve.lifetimes import Lifetimes
from supergraph.serve.negotiation import EVENT_STREAM
from supergraph.serve.outgoing import Outgoing
from supergraph.serve.refusals import Draining, InternalFault, RequestRefused
from supergraph.serve.request import Answer

HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Authorization"}
# Proxies pass events on one by one.
_STREAM_HEADERS = {**HEADERS, "Content-Type": EVENT_STREAM, "X-Accel-Buffering": "no"}
# Without data browsers would not hand the event on.
_COMPLETE = "event: complete\ndata:\n\n"
_HEARTBEAT = ":\n\n"
_log = structlog.get_logger(__name__)


def next_event(answer: Answer) -> str:
    """The event `next` with an answer."""
    try:
        text = orjson.dumps(answer.body).decode()
    except TypeError:
        # Data came from the executor: a value that JSON cannot hold is our fault.
        _log.exception("answer cannot be encoded")
        text = orjson.dumps({"errors": InternalFault().errors()}).decode()
    return f"event: next\ndata: {text}\n\n"


def events_of(answer: Answer) -> str:
    """The whole stream of an operation that has one answer."""
    return next_event(answer) + _COMPLETE


class EventStream:
    """The answers of a subscription as an HTTP response.

    Args:
        answers: closed at the end.
        lifetimes: say when that must be.
        section: how much may wait, and how often a heartbeat is due.
    """

    def __init__(
        self, answers: AnswerStream, lifetimes: Lifetimes, section: SubscriptionsSection
    ) -> None:
        self._answers = answers
        self._lifetimes = lifetimes
        self._section = section

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the subscription ends, the client leaves, or its time has come."""
        headers = [(k.lower().encode(), v.encode()) for k, v in _STREAM_HEADERS.items()]

        async def write(text: str) -> None:
            body = text.encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})

        async with aclosing(self._answers):
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            outgoing = Outgoing(write, self._section.buffer, self._section.buffer_bytes)
            if await self._until_ended(outgoing, receive):
                await send({"type": "http.response.body", "body": b""})

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
            _put_last(outgoing, ended)
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return sending.done() and sending.exception() is None
        finally:
            await _end(*tasks)

    async def _put_all(self, outgoing: Outgoing) -> None:
        async for answer in self._answers:
            outgoing.put(next_event(answer), "answers")
            # Let it be sent before the next one comes, or a burst looks like a slow reader.
            await asyncio.sleep(0)

    async def _beat(self, outgoing: Outgoing) -> None:
        while True:
            await asyncio.sleep(self._section.ping_seconds)
            outgoing.put(_HEARTBEAT)


def _put_last(outgoing: Outgoing, ended: asyncio.Future[RequestRefused]) -> None:
    """What the client reads last: why it ended before its time, if it did, and that it did."""
    outgoing.finish()
    if not ended.done():
        outgoing.put(_COMPLETE)
    elif not isinstance(ended.result(), Draining):
        outgoing.put(events_of(Answer({"errors": ended.result().errors()})))
    # Draining: without `complete` clients connect again, to another process.


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
