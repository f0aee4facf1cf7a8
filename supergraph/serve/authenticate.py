"""Who is asking: the access token in `Authorization`, verified against the issuer's keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeAlias, cast

import aiohttp
import orjson
import structlog

from chassis.identity import (
    KeysUnavailable,
    TokenExpired,
    TokenInvalid,
    TokenVerifier,
    Viewer,
)
from supergraph.serve.configuration import AuthSection
from supergraph.serve.refusals import HeaderInvalid, TokenRefused, ViewerUnknowable

# From a URL to the key set behind it.
FetchKeys: TypeAlias = Callable[[str], Awaitable[dict[str, Any]]]

# Short: the keys must be there in 5 seconds, whichever of the URLs gives them.
_KEYS_TIMEOUT = aiohttp.ClientTimeout(total=2)
_KEYS_BYTES = 100_000
_log = structlog.get_logger(__name__)


class Authenticator:
    """Turns `Authorization` headers into viewers; without a configuration everyone is unknown.

    Args:
        auth: whose tokens count, and where the keys are that verify them.
        fetch: reads the keys there; over HTTP when not given.
    """

    def __init__(self, auth: AuthSection, fetch: FetchKeys | None = None) -> None:
        self._verifier: TokenVerifier | None = None
        if auth.jwks_urls and auth.issuer and auth.audience:
            self._verifier = TokenVerifier(
                partial(fetch_from_any, fetch or fetch_keys, auth.jwks_urls),
                issuer=auth.issuer,
                audience=auth.audience,
                session_claim=auth.revocation.claim if auth.revocation else "sid",
            )

    async def authenticate(self, authorization: Sequence[str]) -> Viewer | None:
        """The viewer, or `None` without a token.

        Args:
            authorization: every `Authorization` header of the request.

        Raises:
            HeaderInvalid: more than one header.
            TokenRefused: not a bearer token, forged, expired or meant for someone else.
            ViewerUnknowable: the issuer's keys were never read and cannot be now.
        """
        if self._verifier is None or not authorization:
            return None
        if len(authorization) > 1:
            raise HeaderInvalid("The request has more than one `Authorization` header.")
        scheme, _, token = authorization[0].strip().partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TokenRefused("`Authorization` must be `Bearer` and an access token.")
        return await self._verify(self._verifier, token.strip())

    async def _verify(self, verifier: TokenVerifier, token: str) -> Viewer:
        try:
            return await verifier.verify(token)
        except TokenExpired:
            raise TokenRefused("The access token has expired.") from None
        except TokenInvalid as error:
            # Why stays in the log: it would tell a forger what to try next.
            raise TokenRefused from error
        except KeysUnavailable as error:
            raise ViewerUnknowable from error


async def fetch_from_any(fetch: FetchKeys, urls: Sequence[str]) -> dict[str, Any]:
    """Read the keys from the first URL that gives them.

    Raises:
        KeysUnavailable: none does.
    """
    for url in urls:
        try:
            return await fetch(url)
        except KeysUnavailable as error:
            _log.warning("keys not read", url=url, error=str(error))
    raise KeysUnavailable("no URL gives the keys")


async def fetch_keys(url: str) -> dict[str, Any]:
    """Read an issuer's keys; redirects are not followed, so that only its own host counts.

    Raises:
        KeysUnavailable: no answer within 2 seconds, or none that is a key set.
    """
    try:
        async with (
            aiohttp.ClientSession(timeout=_KEYS_TIMEOUT) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            response.raise_for_status()
            keys: object = orjson.loads(await _bounded(response.content))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise KeysUnavailable(str(error)) from error
    if not isinstance(keys, dict):
        raise KeysUnavailable("the key set is not a JSON object")
    return cast("dict[str, Any]", keys)


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > _KEYS_BYTES:
            raise ValueError("the key set is too large")
    return bytes(body)
