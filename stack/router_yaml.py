"""What the router is told: where the subgraphs answer, whose tokens it believes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

AUDIENCE = "microtwitt"
LOOPBACK = "http://127.0.0.1"


@dataclass(frozen=True)
class Places:
    """Where things are.

    Attributes:
        origins: subgraph → the origin of each of its processes.
        issuer: who signs access tokens, by name.
        playground: the built page.
        playground_config: what the page is told, as JSON.
    """

    origins: Mapping[str, Sequence[str]]
    issuer: str
    playground: Path
    playground_config: Path


def held_by(supergraph: str) -> frozenset[str]:
    """The names of the subgraphs that a supergraph was composed of: the router wants no others."""
    return frozenset(re.findall(r'@join__graph\(name: "([^"]+)"', supergraph))


def router_configuration(places: Places) -> dict[str, object]:
    """The content of router.yaml."""
    keys = [f"{origin}/.well-known/jwks.json" for origin in places.origins["users"]]
    urls = {name: [f"{o}/graphql" for o in origins] for name, origins in places.origins.items()}
    return {
        "subgraphs": {name: {"urls": each} for name, each in urls.items()},
        "auth": {
            "jwks_url": keys[0] if len(keys) == 1 else keys,
            "issuer": places.issuer,
            "audience": AUDIENCE,
            "router_secret_env": "MT_ROUTER_SECRET",
            "revocation": {
                "nats_url_env": "MT_NATS_URL",
                "subject": "mt.v1.users.session.revoked",
                "claim": "sid",
                "session_field": "sessionId",
                "user_field": "userId",
                # Longer than users lets an access token live.
                "keep_seconds": 900,
            },
        },
        "subscriptions": {"init_timeout": 10, "ping_seconds": 15},
        "playground": str(places.playground),
        "playground_config": str(places.playground_config),
    }
