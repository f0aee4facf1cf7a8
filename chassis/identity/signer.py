"""Access tokens out: EdDSA over Ed25519, and the public keys that verify them."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Collection, Mapping
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from jwt.algorithms import OKPAlgorithm

ALGORITHM = "EdDSA"


class TokenSigner:
    """Issues access tokens: EdDSA over Ed25519, named by the key's thumbprint.

    Args:
        key_pem: the private key.
        issuer: who vouches for the token.
        audience: whom it is meant for.
        lifetime_seconds: how long it holds.
        also_published: PEMs of further public keys in the JWKS. Publish the next key a minute
            before signing with it, and the last one until its tokens have expired.
    """

    def __init__(
        self,
        key_pem: str | bytes,
        *,
        issuer: str,
        audience: str,
        lifetime_seconds: int = 600,
        also_published: Collection[str | bytes] = (),
    ) -> None:
        key = load_pem_private_key(_bytes(key_pem), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("the token key is not an Ed25519 private key")
        self._key = key
        self._issuer = issuer
        self._audience = audience
        self._lifetime = lifetime_seconds
        others = [_public_key(pem) for pem in also_published]
        self._published = [_public_jwk(public) for public in (key.public_key(), *others)]

    def sign(
        self, user_id: str, session_id: str, scopes: Collection[str], now: float | None = None
    ) -> str:
        """Issue a token that holds from `now` (Unix seconds) for the signer's lifetime."""
        moment = time.time() if now is None else now
        issued = int(moment)
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": user_id,
            "sid": session_id,
            "scope": " ".join(sorted(scopes)),
            # Finer than seconds: who logs in right after "log out everywhere" is not logged out.
            "iat": round(moment, 3),
            "nbf": issued,
            "exp": issued + self._lifetime,
            "jti": str(uuid.uuid4()),
        }
        headers = {"kid": self._published[0]["kid"], "typ": "at+jwt"}
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers=headers)

    def jwks(self) -> dict[str, Any]:
        """The public keys, as `/.well-known/jwks.json` serves them (RFC 7517, RFC 8037)."""
        return {"keys": [dict(key) for key in self._published]}


def _bytes(pem: str | bytes) -> bytes:
    return pem.encode() if isinstance(pem, str) else pem


def _public_key(pem: str | bytes) -> Ed25519PublicKey:
    key = load_pem_public_key(_bytes(pem))
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("a published key is not an Ed25519 public key")
    return key


def _public_jwk(key: Ed25519PublicKey) -> dict[str, str]:
    jwk = cast("dict[str, str]", OKPAlgorithm.to_jwk(key, as_dict=True))
    known = {name: jwk[name] for name in ("crv", "kty", "x")}
    return {**known, "kid": _thumbprint(known), "use": "sig", "alg": ALGORITHM}


def _thumbprint(jwk: Mapping[str, str]) -> str:
    # RFC 7638: the required members in alphabetical order, without spaces.
    text = json.dumps({name: jwk[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
