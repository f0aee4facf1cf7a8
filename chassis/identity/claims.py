"""The router's signed word about who is asking, and through which client.

Without it a subgraph answers nobody.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from chassis.identity.client import Caller, Client
from chassis.identity.viewer import NotFromRouter, Viewer

CLAIMS_HEADER = "x-mt-claims"
SIGNATURE_HEADER = "x-mt-signature"
STAMP = re.compile(r"t=[0-9]{1,12}", re.ASCII)
# A token of the longest kind, and a client of which every character is escaped.
LONGEST = 14 * 1024


def sign_claims(
    secret: bytes,
    body: bytes,
    viewer: Viewer | None,
    client: Client | None = None,
    *,
    now: float | None = None,
) -> dict[str, str]:
    """The headers by which a subgraph knows the router, and who is asking.

    Args:
        secret: MT_ROUTER_SECRET.
        body: the request's body, byte for byte.
        viewer: None for a request without a token.
        client: from which it came, as seen by the router itself; it is cleaned here.
        now: Unix seconds.

    Returns:
        `x-mt-claims`: base64url JSON, `x-mt-signature`: `t=<seconds>,v1=<hex>`.
    """
    text = json.dumps(_fields(viewer, client or Client()), separators=(",", ":"))
    claims = base64.urlsafe_b64encode(text.encode()).decode()
    seconds = str(int(time.time() if now is None else now))
    signature = _signature(secret, seconds, claims, body)
    return {CLAIMS_HEADER: claims, SIGNATURE_HEADER: f"t={seconds},v1={signature}"}


def verify_claims(
    secret: bytes,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float | None = None,
    window_seconds: int = 30,
) -> Caller:
    """Read what `sign_claims` wrote.

    Args:
        secret: MT_ROUTER_SECRET.
        headers: of the request, names in lower case.
        body: the request's body, byte for byte.
        now: Unix seconds.
        window_seconds: how old, or how far ahead, a signature may be.

    Raises:
        NotFromRouter: a header is missing, or the signature is of another secret, body, viewer,
            client or time.
    """
    claims, signed = headers.get(CLAIMS_HEADER), headers.get(SIGNATURE_HEADER)
    if not claims or not signed or len(claims) > LONGEST:
        raise NotFromRouter
    seconds, _, signature = signed.partition(",v1=")
    if not STAMP.fullmatch(seconds):
        raise NotFromRouter
    stamp = seconds[2:]
    expected = _signature(secret, stamp, claims, body)
    # As bytes: text that is not ASCII cannot be compared in constant time.
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
        raise NotFromRouter
    if abs((time.time() if now is None else now) - int(stamp)) > window_seconds:
        raise NotFromRouter
    return _caller_of(claims)


def _fields(viewer: Viewer | None, client: Client) -> dict[str, Any]:
    seen = client.cleaned()
    fields: dict[str, Any] = {"ip": seen.ip, "ua": seen.user_agent}
    if viewer is not None:
        fields |= {"sub": viewer.id, "sid": viewer.session_id, "exp": viewer.expires_at}
        fields["scopes"] = sorted(viewer.scopes)
    return fields


def _signature(secret: bytes, seconds: str, claims: str, body: bytes) -> str:
    # Neither seconds nor claims can hold a dot, so no two requests give the same text.
    signed = b"%b.%b." % (seconds.encode(), claims.encode("utf-8", "replace"))
    return hmac.new(secret, signed + hashlib.sha256(body).digest(), hashlib.sha256).hexdigest()


def _caller_of(claims: str) -> Caller:
    # Signed by us: what it holds is what `sign_claims` wrote.
    fields: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims))
    client = Client(fields["ip"], fields["ua"])
    if "sub" not in fields:
        return Caller(None, client)
    scopes = frozenset[str](fields["scopes"])
    return Caller(Viewer(fields["sub"], fields["sid"], scopes, fields["exp"]), client)
