"""The two ways to write a stream of answers into an HTTP response.

See https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
and https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
"""

from __future__ import annotations

from typing import Any, Protocol

import orjson
import structlog

from supergraph.serve.refusals import InternalFault
from supergraph.serve.request import Answer

_log = structlog.get_logger(__name__)


class StreamFormat(Protocol):
    """How a stream is written.

    Attributes:
        media_type: that clients ask for, and its parameters in the response.
        opening: stands before everything.
        heartbeat: says that the stream lives.
        complete: says that nothing follows.
    """

    media_type: str
    content_type: str
    opening: str
    heartbeat: str
    complete: str

    def next(self, answer: Answer) -> str:
        """One answer of the stream."""
        ...

    def broken(self, answer: Answer) -> str:
        """Why the stream ends before its time, and that it does."""
        ...


class ServerSentEvents:
    """`text/event-stream`, one operation per connection."""

    media_type = "text/event-stream"
    content_type = media_type
    opening = ""
    heartbeat = ":\n\n"
    # Without data browsers would not hand the event on.
    complete = "event: complete\ndata:\n\n"

    def next(self, answer: Answer) -> str:
        """The event `next`."""
        return f"event: next\ndata: {_json(answer.body)}\n\n"

    def broken(self, answer: Answer) -> str:
        """The errors as the last `next`."""
        return self.next(answer) + self.complete


class Multipart:
    """`multipart/mixed` with `subscriptionSpec=1.0`, as Apollo's clients read it."""

    media_type = "multipart/mixed"
    content_type = 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"'
    opening = "\r\n--graphql"
    heartbeat = "\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"
    complete = "--"

    def next(self, answer: Answer) -> str:
        """A part with a `payload`."""
        return self._part({"payload": answer.body})

    def broken(self, answer: Answer) -> str:
        """A part with errors and no payload."""
        errors: object = answer.body.get("errors")
        return self._part({"payload": None, "errors": errors}) + self.complete

    def _part(self, body: Any) -> str:
        return f"\r\ncontent-type: application/json\r\n\r\n{_json(body)}\r\n--graphql"


EVENTS = ServerSentEvents()
MULTIPART = Multipart()


def whole_stream(answer: Answer, written: StreamFormat) -> str:
    """The stream of an operation that has one answer."""
    return written.opening + written.next(answer) + written.complete


def _json(body: object) -> str:
    try:
        return orjson.dumps(body).decode()
    except TypeError:
        # Data came from the executor: a value that JSON cannot hold is our fault.
        _log.exception("answer cannot be encoded")
        return orjson.dumps({"errors": InternalFault().errors()}).decode()
