"""Read a request's body: bounded before and after decompression."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from starlette.datastructures import Headers

from supergraph.serve.refusals import BodyInvalid, BodyTooLarge, MediaTypeUnsupported

# 31: a gzip header; 15: a zlib header, which is what HTTP calls deflate.
_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


async def read_body(chunks: AsyncIterator[bytes], headers: Headers, limit: int) -> bytes:
    """Read the whole body.

    Args:
        chunks: as they come from the connection.
        headers: of the request.
        limit: bytes that it may have, compressed or not.

    Raises:
        BodyTooLarge: more than that; nothing beyond is read.
        BodyInvalid: it is not what its `Content-Encoding` says.
        MediaTypeUnsupported: another encoding than gzip or deflate.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", *_WINDOWS}:
        raise MediaTypeUnsupported(f"The content encoding `{encoding[:40]}` is not read.")
    body = await _read_raw(chunks, limit)
    return body if encoding == "identity" else _decompress(body, _WINDOWS[encoding], limit)


async def _read_raw(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge(limit)
    return bytes(body)


def _decompress(body: bytes, window: int, limit: int) -> bytes:
    decompressor = zlib.decompressobj(window)
    try:
        plain = decompressor.decompress(body, limit + 1)
    except zlib.error as error:
        raise BodyInvalid("The request's body cannot be decompressed.") from error
    if len(plain) > limit:
        raise BodyTooLarge(limit)
    if not decompressor.eof or decompressor.unused_data:
        raise BodyInvalid("The request's compressed body is cut off or has bytes after its end.")
    return plain
