"""Refuse what another site's page can send without the browser asking first (CSRF).

A POST of JSON is always asked about (a preflight). A GET is not, unless it has a header that a
form or an image cannot set; browsers since 2023 say by `Sec-Fetch-Site` which site a request
comes from, so that other clients need no such header.

See https://www.w3.org/TR/fetch-metadata/ and GHSA-hff2-gcpx-8f4p.
"""

from __future__ import annotations

from typing import Literal

from starlette.datastructures import Headers

from supergraph.serve.refusals import CrossSiteRefused

_FORCE_PREFLIGHT = ("apollo-require-preflight", "x-apollo-operation-name")
_OWN_SITE = {"same-origin", "none"}


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
