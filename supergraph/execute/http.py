"""Carry requests to subgraphs over HTTP, on connections that are kept open."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp

from supergraph.execute.http_subscribe import StreamOptions, open_stream
from supergraph.execute.replicas import Replicas
from supergraph.execute.transport import (
    SubgraphAnswerInvalid,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTimeout,
    SubgraphUnreachable,
    TransportError,
)

_AWAY = frozenset({502, 503, 504})
"""What a server that drains, or whoever stands before it, says instead of an answer."""


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How to speak to subgraphs.

    Attributes:
        max_answer_bytes: after decompression; more makes the answer invalid.
        connect_timeout: seconds until a URL that does not take the connection counts as down.
        hang_seconds: a URL whose request is given up after so long is tried last for a while.
        idle_seconds: how long an unused connection is kept. Below what servers allow (uvicorn: 5),
            since a mutation that meets a closing connection cannot be sent again.
        connections: at most so many to one host at a time.
        stream: bounds of subscriptions.
    """

    max_answer_bytes: int = 16 * 1024 * 1024
    connect_timeout: float = 1.0
    hang_seconds: float = 2.0
    idle_seconds: float = 4.0
    connections: int = 256
    stream: StreamOptions = field(default_factory=StreamOptions)


class HttpTransport:
    """A `Transport` over HTTP/1.1 with keep-alive, and over WebSockets for subscriptions.

    A subgraph's URLs are taken in turn (`replicas.py`). A read that fails goes on to the next
    URL, however far it had come: refused, broken off, cut short, or told that the server is away.
    Where a connection broke, its URL has one more try at the end, since an idle connection may
    just have been closed. A mutation goes on only where no connection came about, so that it
    never arrives twice. Redirects are not followed, cookies not kept, proxies of the environment
    not used.

    Args:
        urls: `urls[subgraph]`: one or more.
        options: limits.
    """

    def __init__(
        self, urls: Mapping[str, Sequence[str]], options: HttpOptions | None = None
    ) -> None:
        self._options = options or HttpOptions()
        self._replicas = {name: Replicas(each) for name, each in urls.items()}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        """Send one request and wait for its whole answer, whatever its status.

        Raises:
            SubgraphUnreachable: no URL took it, or the connection broke off.
            SubgraphTimeout: no URL took the connection in time.
            SubgraphAnswerInvalid: not HTTP, cut short, or larger than allowed.
        """
        replicas = self._of(request.subgraph)
        urls = replicas.in_turn()
        outcome: SubgraphResponse | _Failed = _Failed(SubgraphUnreachable("no URL"))
        for url in urls:
            with self._noting_hangs(url, replicas):
                outcome = await self._attempt(url, request)
            if _is_final(outcome, request):
                replicas.answered(url)
                break
            if not isinstance(outcome, _Failed) or not outcome.connected:
                replicas.failed(url)
            elif urls.count(url) == 1:
                urls.append(url)
        if isinstance(outcome, _Failed):
            raise outcome.error
        return outcome

    async def subscribe(self, request: SubgraphRequest) -> AsyncGenerator[bytes, None]:
        """Open a stream at the first URL that takes it.

        Raises:
            SubgraphUnreachable: no URL took it.
            SubgraphRefused: the last URL answered with an HTTP error.
            SubgraphTimeout: the last URL did not take or acknowledge it in time.
            SubgraphAnswerInvalid: it does not speak the protocol.
        """
        replicas = self._of(request.subgraph)
        failed: TransportError = SubgraphUnreachable("no URL")
        for url in replicas.in_turn():
            try:
                stream = await open_stream(url, request, self._options.stream)
            except TransportError as error:
                failed = error
                replicas.failed(url)
            else:
                replicas.answered(url)
                return stream
        raise failed

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    @contextmanager
    def _noting_hangs(self, url: str, replicas: Replicas) -> Generator[None, None, None]:
        began = time.monotonic()
        try:
            yield
        except asyncio.CancelledError:
            # The caller's time is up, or its client left after a long wait.
            if time.monotonic() - began >= self._options.hang_seconds:
                replicas.failed(url)
            raise

    def _of(self, subgraph: str) -> Replicas:
        return self._replicas.get(subgraph) or Replicas(())

    async def _attempt(self, url: str, request: SubgraphRequest) -> SubgraphResponse | _Failed:
        try:
            return await self._post(url, request)
        except aiohttp.ClientConnectorError as error:
            return _Failed(SubgraphUnreachable(str(error)))
        except aiohttp.ConnectionTimeoutError as error:
            return _Failed(SubgraphTimeout(str(error)))
        except aiohttp.ClientConnectionError as error:
            return _Failed(SubgraphUnreachable(str(error)), connected=True)
        except aiohttp.ClientPayloadError as error:
            return _Failed(SubgraphAnswerInvalid(str(error)), connected=True)
        except (aiohttp.ClientError, ValueError) as error:
            raise SubgraphAnswerInvalid(str(error)) from error

    async def _post(self, url: str, request: SubgraphRequest) -> SubgraphResponse:
        async with self._client().post(
            url, data=request.body, headers=request.headers, allow_redirects=False
        ) as response:
            return SubgraphResponse(response.status, await self._read(response))

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        limit = self._options.max_answer_bytes
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > limit:
                response.close()
                raise SubgraphAnswerInvalid(f"more than {limit} bytes")
        return bytes(body)

    def _client(self) -> aiohttp.ClientSession:
        # Made on first use: aiohttp wants a running loop.
        if self._session is None:
            options = self._options
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0,
                    limit_per_host=options.connections,
                    keepalive_timeout=options.idle_seconds,
                ),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=options.connect_timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session


@dataclass(frozen=True, slots=True)
class _Failed:
    """An attempt without an answer; `connected`: the request may have arrived."""

    error: TransportError
    connected: bool = False


def _is_final(outcome: SubgraphResponse | _Failed, request: SubgraphRequest) -> bool:
    if isinstance(outcome, _Failed):
        return outcome.connected and request.kind == "mutation"
    return request.kind == "mutation" or outcome.status not in _AWAY
