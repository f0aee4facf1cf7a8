"""Refuse what another site's page can send without the browser asking first (CSRF).

A POST of JSON is always asked about (a preflight). A GET is not, unless it has a header that a
form or an image cannot set; browsers since 2023 say by `Sec-Fetch-Site` which site a request
comes from, so that other clients need no such header.

See https://www.w3.org/TR/fetch-metadata/ and GHSA-hff2-gcpx-8f4p.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers

from supergraph.serve.refusals import CrossSiteRefused

_FORCE_PREFLIGHT = ("apollo-require-preflight", "x-apollo-operation-name")
_OWN_SITE = {"same-origin", "none"}


def may_open(headers: Headers, origins: Sequence[str]) -> bool:
    """Whether the page behind a WebSocket's handshake may open it.

    Browsers ask no preflight for it, but always say where the page is from; other clients say
    nothing.

    Args:
        headers: of the handshake.
        origins: of other sites that may ask (CORS).
    """
    origin = headers.get("origin")
    if origin is None or origin in origins or "*" in origins:
        return True
    try:
        # Whether a proxy before us speaks TLS is not known, so the scheme is the page's.
        own = urlsplit(f"{origin.partition(':')[0]}://{headers.get('host', '')}")
        return _authority(urlsplit(origin)) == _authority(own)
    except (ValueError, KeyError):
        return False


def _authority(url: SplitResult) -> tuple[str, int]:
    if url.hostname is None:
        raise ValueError("no host")
    return url.hostname, url.port or {"https": 443, "http": 80}[url.scheme]


def refuse_cross_site(headers: Headers, protection: Literal["on", "off", "strict"]) -> None:
    """Check a GET request, whose content type is JSON or not given.

    Raises:
        CrossSiteRefused: it may come from another site's page.
    """
    is_preflighted = "content-type" in headers or any(headers.get(n) for n in _FORCE_PREFLIGHT)
    if protection == "off" or is_preflighted:
        return
    if protection == "strict" or headers.get("sec-fetch-site", "none") not in _OWN_SITE:
        raise CrossSiteRefused
