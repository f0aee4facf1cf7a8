"""The HTTP transport against servers on loopback that misbehave."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from supergraph.execute.answer import read_answer
from supergraph.execute.http import HttpOptions, HttpTransport
from supergraph.execute.transport import (
    SubgraphAnswerInvalid,
    SubgraphRequest,
    SubgraphResponse,
    SubgraphUnreachable,
)
from tests.supergraph.execute.hostile import answer, hostile, nobody_there, says

OK = b'{"data":{"a":1}}'
QUERY = SubgraphRequest("s", "query", b'{"query":"{a}"}', {"x-mt-claims": "c"})
MUTATION = SubgraphRequest("s", "mutation", b'{"query":"mutation{a}"}')


async def send(request: SubgraphRequest, *urls: str, **options: Any) -> SubgraphResponse:
    async with HttpTransport({"s": urls}, HttpOptions(**options)) as transport:
        return await transport.send(request)


async def test_an_answer_comes_back_as_it_is_and_only_our_headers_go() -> None:
    async with hostile(says(answer(OK))) as server:
        response = await send(QUERY, server.url)
    assert response == SubgraphResponse(200, OK)
    assert server.bodies == [QUERY.body]
    assert b"x-mt-claims: c" in server.heads[0].lower()
    assert b"cookie" not in server.heads[0].lower()


async def test_connections_are_kept() -> None:
    connections = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            await reader.readexactly(len(QUERY.body))
            writer.write(answer(OK))
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with HttpTransport({"s": [url]}) as transport:
        for _ in range(5):
            await transport.send(QUERY)
    server.close()
    assert connections == 1


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n" + OK, id="cut short"),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc", id="chunk"),
        pytest.param(b"\x00\xff\x00garbage\r\n\r\n", id="not HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx: " + b"x" * 100_000 + b"\r\n\r\n", id="huge header"),
        pytest.param(answer(b"not gzip", "content-encoding: gzip"), id="not gzip"),
        pytest.param(answer(b"", "content-encoding: wat") + b"\r\n", id="no body"),
    ],
)
async def test_an_answer_that_is_not_one_is_an_error(raw: bytes) -> None:
    async with hostile(says(raw)) as server:
        with pytest.raises(SubgraphAnswerInvalid):
            read_answer(await send(QUERY, server.url), "s")


async def test_the_size_of_an_answer_is_bounded() -> None:
    async with hostile(says(answer(b"x" * 5000))) as server:
        with pytest.raises(SubgraphAnswerInvalid):
            await send(QUERY, server.url, max_answer_bytes=4999)
        assert (await send(QUERY, server.url, max_answer_bytes=5000)).body == b"x" * 5000


async def test_an_endless_answer_ends() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b" " * 0x1000 + b"\r\n")
            await writer.drain()

    async with hostile(endless) as server:
        with pytest.raises(SubgraphAnswerInvalid):
            await send(QUERY, server.url, max_answer_bytes=1_000_000)


async def test_a_compressed_bomb_is_stopped_at_the_bound() -> None:
    layer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(layer.compress(b"\0" * 1_000_000) for _ in range(200)) + layer.flush()
    async with hostile(says(answer(bomb, "content-encoding: gzip"))) as server:
        tracemalloc.start()
        try:
            with pytest.raises(SubgraphAnswerInvalid):
                await send(QUERY, server.url, max_answer_bytes=1_000_000)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 50_000_000


async def test_compressed_answers_are_read() -> None:
    async with hostile(says(answer(gzip.compress(OK), "content-encoding: gzip"))) as server:
        assert (await send(QUERY, server.url)).body == OK


async def test_a_redirect_is_not_followed() -> None:
    async with hostile(says(answer(OK))) as inside:
        redirect = answer(b"", f"location: {inside.url}", status="307 Temporary Redirect")
        async with hostile(says(redirect)) as server:
            assert (await send(QUERY, server.url)).status == 307
    assert inside.bodies == []


@pytest.mark.parametrize("request_", [QUERY, MUTATION])
async def test_a_refused_connection_goes_on_to_the_next_url(request_: SubgraphRequest) -> None:
    async with hostile(says(answer(OK))) as server:
        assert (await send(request_, nobody_there(), server.url)).body == OK


async def closes_at_once(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def resets(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@pytest.mark.parametrize("behave", [closes_at_once, resets])
async def test_a_broken_connection_moves_a_read_on(
    behave: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> None:
    async with hostile(behave) as broken, hostile(says(answer(OK))) as server:
        assert (await send(QUERY, broken.url, server.url)).body == OK
    assert broken.bodies == [QUERY.body]


@pytest.mark.parametrize("behave", [closes_at_once, resets, says(b"HTTP/1.1 200 OK\r\n")])
async def test_a_mutation_is_never_sent_twice(
    behave: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> None:
    async with hostile(behave) as broken, hostile(says(answer(OK))) as server:
        with pytest.raises(SubgraphUnreachable):
            await send(MUTATION, broken.url, server.url)
        with pytest.raises(SubgraphUnreachable):
            await send(MUTATION, broken.url)
    assert broken.bodies == [MUTATION.body] * 2
    assert server.bodies == []


async def test_urls_are_taken_in_turn() -> None:
    async with (
        hostile(says(answer(OK))) as one,
        hostile(says(answer(OK))) as two,
        HttpTransport({"s": [one.url, two.url]}) as transport,
    ):
        for _ in range(4):
            await transport.send(QUERY)
    assert (len(one.bodies), len(two.bodies)) == (2, 2)


async def test_nobody_answers() -> None:
    with pytest.raises(SubgraphUnreachable):
        await send(QUERY, nobody_there(), nobody_there())
    with pytest.raises(SubgraphUnreachable):
        await send(SubgraphRequest("unknown", "query", b""), nobody_there())


async def test_cancelling_closes_the_connection() -> None:
    async def silent(_writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with hostile(silent) as server, HttpTransport({"s": [server.url]}) as transport:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await transport.send(QUERY)
        await asyncio.wait_for(server.gone.wait(), 5)


@pytest.mark.parametrize("raw", [b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{", b"HTTP/1.1 2"])
async def test_an_answer_that_is_cut_short_moves_a_read_on(raw: bytes) -> None:
    async with hostile(says(raw)) as broken, hostile(says(answer(OK))) as server:
        assert (await send(QUERY, broken.url, server.url)).body == OK
        with pytest.raises((SubgraphAnswerInvalid, SubgraphUnreachable)):
            await send(MUTATION, broken.url, server.url)
    assert len(server.bodies) == 1


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Service Unavailable", "504 Timeout"])
async def test_a_server_that_is_away_moves_a_read_on(status: str) -> None:
    away = answer(b"draining", "connection: close", status=status)
    async with hostile(says(away)) as draining, hostile(says(answer(OK))) as server:
        assert (await send(QUERY, draining.url, server.url)).body == OK
        assert (await send(MUTATION, draining.url, server.url)).status == int(status[:3])
        assert (await send(QUERY, draining.url, draining.url)).status == int(status[:3])


async def test_a_url_that_failed_is_asked_last_for_a_while() -> None:
    away = answer(b"", "connection: close", status="503 Service Unavailable")
    async with (
        hostile(says(away)) as draining,
        hostile(says(answer(OK, "connection: close"))) as server,
        HttpTransport({"s": [draining.url, server.url]}) as transport,
    ):
        for _ in range(6):
            assert (await transport.send(QUERY)).body == OK
    assert len(draining.bodies) == 1


async def test_a_url_that_hangs_is_asked_last_for_a_while() -> None:
    async def hang(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    ready = answer(OK, "connection: close")
    async with hostile(hang) as hanging, hostile(says(ready)) as server:
        urls = {"s": [hanging.url, server.url]}
        async with HttpTransport(urls, HttpOptions(hang_seconds=0.01)) as transport:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await transport.send(QUERY)
            for _ in range(4):
                await transport.send(QUERY)
        await asyncio.wait_for(hanging.gone.wait(), 5)
    assert len(hanging.bodies) == 1


async def test_an_idle_connection_that_was_closed_costs_no_read_its_only_server() -> None:
    """The other URL is away, and here the connection just broke: one more try, not an error."""
    breaks = [True]

    async def once(writer: asyncio.StreamWriter) -> None:
        if breaks.pop() if breaks else False:
            writer.transport.abort()
        else:
            await says(answer(OK))(writer)

    async with hostile(once) as server:
        assert (await send(QUERY, server.url, nobody_there())).body == OK
