"""Carry requests to subgraphs over HTTP, on connections that are kept open."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from supergraph.execute.transport import (
    SubgraphAnswerInvalid,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphTimeout,
    SubgraphUnreachable,
    TransportError,
)


@dataclass(frozen=True, slots=True)
class HttpOptions:
    """How to speak to subgraphs.

    Attributes:
        max_answer_bytes: after decompression; more makes the answer invalid.
        connect_timeout: seconds until a URL that does not take the connection counts as down.
        idle_seconds: how long an unused connection is kept. Below what servers allow (uvicorn: 5),
            since a mutation that meets a closing connection cannot be sent again.
        connections: at most so many to one host at a time.
    """

    max_answer_bytes: int = 16 * 1024 * 1024
    connect_timeout: float = 1.0
    idle_seconds: float = 4.0
    connections: int = 256


class HttpTransport:
    """A `Transport` over HTTP/1.1 with keep-alive.

    A subgraph's URLs are taken in turn. When a connection fails, a read goes on to the next URL,
    each one once (a single URL twice: an idle connection may just have been closed); a mutation
    goes on only where no connection came about, so that it never arrives twice. Redirects are not
    followed, cookies not kept, proxies of the environment not used.

    Args:
        urls: `urls[subgraph]`: one or more.
        options: limits.
    """

    def __init__(
        self, urls: Mapping[str, Sequence[str]], options: HttpOptions | None = None
    ) -> None:
        self._options = options or HttpOptions()
        self._urls = {name: tuple(each) for name, each in urls.items()}
        self._turn: dict[str, Iterator[int]] = {name: itertools.count() for name in urls}
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
        failed: TransportError = SubgraphUnreachable(f"no URL for {request.subgraph}")
        for url in self._in_turn(request.subgraph):
            try:
                return await self._post(url, request)
            except aiohttp.ClientConnectorError as error:
                failed = SubgraphUnreachable(str(error))
            except aiohttp.ConnectionTimeoutError as error:
                failed = SubgraphTimeout(str(error))
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
                failed = _broken_off(error)
                if request.kind == "mutation":
                    break
            except (aiohttp.ClientError, ValueError) as error:
                raise SubgraphAnswerInvalid(str(error)) from error
        raise failed

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _in_turn(self, subgraph: str) -> Sequence[str]:
        urls = self._urls.get(subgraph, ())
        if not urls:
            return ()
        first = next(self._turn[subgraph]) % len(urls)
        rotated = urls[first:] + urls[:first]
        return rotated if len(urls) > 1 else rotated * 2

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


def _broken_off(error: aiohttp.ClientError) -> TransportError:
    if isinstance(error, aiohttp.ClientPayloadError):
        return SubgraphAnswerInvalid(str(error))
    return SubgraphUnreachable(str(error))
