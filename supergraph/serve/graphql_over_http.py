"""GraphQL over HTTP: GET and POST in; a GraphQL response, JSON or a stream out.

See https://graphql.github.io/graphql-over-http/draft/
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.identity import Client
from supergraph.serve.answer_stream import AnswerStream
from supergraph.serve.body import read_body
from supergraph.serve.configuration import Configuration
from supergraph.serve.cross_site import refuse_cross_site
from supergraph.serve.negotiation import JSON, negotiate, status_of, stream_format
from supergraph.serve.parameters import from_json, from_query_string
from supergraph.serve.pipeline import answer, refused, subscribe
from supergraph.serve.refusals import (
    HeaderInvalid,
    InternalFault,
    MediaTypeUnsupported,
    MethodNotAllowed,
    OperationRefused,
    RequestRefused,
)
from supergraph.serve.request import Answer, GraphQLRequest
from supergraph.serve.router import Router
from supergraph.serve.stream_formats import EVENTS, MULTIPART, StreamFormat, whole_stream
from supergraph.serve.stream_response import HEADERS, StreamResponse

Outcome = TypeVar("Outcome")
_STREAMS: Mapping[str, StreamFormat] = {each.media_type: each for each in (EVENTS, MULTIPART)}
_CHARSETS = {"utf-8", "utf8"}
_log = structlog.get_logger(__name__)


class ClientGone(Exception):
    """The client closed its connection before the answer was there."""


class GraphQLOverHTTP:
    """The endpoint as an ASGI application.

    Args:
        router: gives it, or raises `Starting`.
        configuration: limits and CSRF protection.
    """

    def __init__(self, router: Callable[[], Router], configuration: Configuration) -> None:
        self._router = router
        self._configuration = configuration

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; a client that goes away ends the work for it."""
        request = Request(scope, receive)
        with suppress(ClientGone):
            response = await self._respond(request)
            await response(scope, receive, send)

    async def _respond(self, request: Request) -> ASGIApp:
        media_type = JSON
        accept = ",".join(request.headers.getlist("accept"))
        try:
            media_type = negotiate(accept)
            asked = replace(await self._read(request), client=_client_of(request))
            router = self._router()
        except RequestRefused as refusal:
            return to_response(refused(refusal), media_type)
        written = stream_format(accept)
        run = subscribe if written else answer
        found = await while_connected(run(asked, router), request)
        if isinstance(found, AnswerStream):
            section = self._configuration.subscriptions
            return StreamResponse(found, written or EVENTS, router.lifetimes, section)
        return to_response(found, media_type)

    async def _read(self, request: Request) -> GraphQLRequest:
        authorization = tuple(request.headers.getlist("authorization"))
        if request.method == "GET":
            _check_content_type(request, is_needed=False)
            refuse_cross_site(request.headers, self._configuration.csrf)
            return from_query_string(request.query_params, authorization)
        if request.method == "POST":
            _check_content_type(request, is_needed=True)
            limit = self._configuration.limits.body_bytes
            body = await read_body(request.stream(), request.headers, limit)
            return from_json(body, authorization)
        raise MethodNotAllowed


def to_response(answer: Answer, media_type: str) -> Response:
    """The answer as an HTTP response."""
    written = _STREAMS.get(media_type)
    if written is not None:
        if answer.refusal is None or isinstance(answer.refusal, OperationRefused):
            text = whole_stream(answer, written)
            return Response(text, headers={**HEADERS, "Content-Type": written.content_type})
        media_type = JSON
    try:
        body = orjson.dumps(answer.body)
    except TypeError:
        # Data came from the executor: a value that JSON cannot hold is our fault.
        _log.exception("answer cannot be encoded")
        answer = refused(InternalFault())
        body = orjson.dumps(answer.body)
    headers = answer.refusal.headers if answer.refusal else {}
    return Response(
        body,
        status_code=status_of(answer.refusal, media_type),
        headers={**HEADERS, **headers},
        media_type=f"{media_type}; charset=utf-8",
    )


async def while_connected(work: Awaitable[Outcome], request: Request) -> Outcome:
    """Wait for the work, or for the client to go away, which cancels it.

    Raises:
        ClientGone: nobody is there to be answered.
    """
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone
        return working.result()
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _client_of(request: Request) -> Client:
    # The connection's other end: what `X-Forwarded-For` says anybody can write. Only for
    # `trusted_proxies` has it been put in the connection's place before.
    ip = request.client.host if request.client else None
    return Client(ip, request.headers.get("user-agent"))


def _check_content_type(request: Request, *, is_needed: bool) -> None:
    """Only JSON in UTF-8, said once; a GET need not say anything."""
    found = request.headers.getlist("content-type")
    if len(found) > 1:
        raise HeaderInvalid("The request has more than one `Content-Type` header.")
    if not found and not is_needed:
        return
    media_type, parameters = _media_type(found[0] if found else "")
    charset = parameters.get("charset", "utf-8")
    if media_type != JSON or charset not in _CHARSETS:
        raise MediaTypeUnsupported


def _media_type(text: str) -> tuple[str, Mapping[str, str]]:
    name, *rest = (part.strip().lower() for part in text.split(";"))
    pairs = (part.partition("=") for part in rest)
    return name, {key.strip(): value.strip().strip('"') for key, _, value in pairs}
