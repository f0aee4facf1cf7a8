"""Who is asking: access tokens → `Viewer`, and the router's signed word about it.

The only place that reads keys. A token is signed by `TokenSigner`, verified at the router by
`TokenVerifier`, and handed on to subgraphs by `sign_claims` and `verify_claims`.
"""

from __future__ import annotations

from chassis.identity.claims import CLAIMS_HEADER, SIGNATURE_HEADER, sign_claims, verify_claims
from chassis.identity.client import Caller, Client
from chassis.identity.signer import TokenSigner
from chassis.identity.verifier import TokenVerifier
from chassis.identity.viewer import (
    KeysUnavailable,
    NotFromRouter,
    TokenExpired,
    TokenInvalid,
    Viewer,
)

__all__ = [
    "CLAIMS_HEADER",
    "SIGNATURE_HEADER",
    "Caller",
    "Client",
    "KeysUnavailable",
    "NotFromRouter",
    "TokenExpired",
    "TokenInvalid",
    "TokenSigner",
    "TokenVerifier",
    "Viewer",
    "sign_claims",
    "verify_claims",
]
