"""The issuer's public keys, kept fresh without a request having to wait for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, cast

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt import InvalidKeyError
from jwt.algorithms import OKPAlgorithm

from chassis.identity.viewer import KeysUnavailable

FetchJwks: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]

# Seconds. A key that the issuer retires is refused a minute later; an issuer that is away does
# no harm for a quarter of an hour.
RENEW_AFTER, MUST_RENEW_AFTER, STALE_AFTER = 30.0, 60.0, 900.0
RETRY_AFTER, UNKNOWN_AFTER, FETCH_TIMEOUT = 5.0, 60.0, 5.0
MOST_KEYS = 100

_log = structlog.get_logger("chassis.identity")


class KeySet:
    """The keys of a JWKS by `kid`; only Ed25519 keys count.

    Args:
        fetch: gets the JWKS document. Whatever it raises means "not now".
    """

    def __init__(self, fetch: FetchJwks) -> None:
        self._fetch = fetch
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._fetched_at = self._tried_at = self._unknown_at = -1e9
        self._running: asyncio.Task[None] | None = None
        # An issuer that hangs must not hold up each request: keys that still hold do meanwhile.
        self._failed = False
        # Counts removals: what was verified with an earlier set may no longer hold.
        self.generation = 0

    @property
    def fresh(self) -> bool:
        """Whether the keys may be used without `freshen`."""
        return time.monotonic() - self._fetched_at < RENEW_AFTER

    async def freshen(self) -> None:
        """Renew keys that grow old: beside the request at first, before it when they must be.

        Raises:
            KeysUnavailable: there are none, or they are older than 15 minutes.
        """
        now = time.monotonic()
        age = now - self._fetched_at
        if age >= RENEW_AFTER and (self._running or now - self._tried_at >= RETRY_AFTER):
            renewal = self._start()
            if age >= STALE_AFTER or (age >= MUST_RENEW_AFTER and not self._failed):
                await asyncio.shield(renewal)
        if time.monotonic() - self._fetched_at >= STALE_AFTER:
            raise KeysUnavailable

    async def find(self, kid: str) -> Ed25519PublicKey | None:
        """The key called `kid`. An unknown one is asked for, once a minute for all of them."""
        await self.freshen()
        now = time.monotonic()
        if kid not in self._keys and now - self._unknown_at >= UNKNOWN_AFTER:
            self._unknown_at = now
            await asyncio.shield(self._start())
        return self._keys.get(kid)

    def _start(self) -> asyncio.Task[None]:
        # One fetch for all who wait; a request that is cancelled does not cancel it.
        if self._running is None:
            self._tried_at = time.monotonic()
            self._running = asyncio.create_task(self._renew())
            self._running.add_done_callback(self._ended)
        return self._running

    def _ended(self, _: asyncio.Task[None]) -> None:
        self._running = None

    async def _renew(self) -> None:
        try:
            async with asyncio.timeout(FETCH_TIMEOUT):
                keys = read_keys(await self._fetch())
        except Exception as error:  # noqa: BLE001 the fetcher is the caller's: any failure is "not now"
            _log.warning("jwks not fetched", error=repr(error))
            self._failed = True
            return
        if not self._keys.keys() <= keys.keys():
            self.generation += 1
        self._keys = keys
        self._failed = False
        self._fetched_at = time.monotonic()


def read_keys(jwks: Mapping[str, Any]) -> dict[str, Ed25519PublicKey]:
    """The Ed25519 public keys of a JWKS by `kid`, others left out.

    Raises:
        ValueError: it is no JWKS, or holds more than 100 keys.
    """
    listed = jwks.get("keys")
    if not isinstance(listed, list):
        raise ValueError("a JWKS has a list of keys")  # noqa: TRY004 it is read from outside
    entries = cast("list[object]", listed)
    if len(entries) > MOST_KEYS:
        raise ValueError("a JWKS has at most 100 keys")
    found: dict[str, Ed25519PublicKey] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        jwk = cast("dict[str, Any]", entry)
        key = _read_key(jwk)
        if key is not None and isinstance(jwk.get("kid"), str):
            found[jwk["kid"]] = key
    return found


def _read_key(jwk: dict[str, Any]) -> Ed25519PublicKey | None:
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519" or "d" in jwk:
        return None
    if not isinstance(jwk.get("x"), str):
        return None
    try:
        key = OKPAlgorithm.from_jwk(jwk)
    except InvalidKeyError:
        return None
    return key if isinstance(key, Ed25519PublicKey) else None
