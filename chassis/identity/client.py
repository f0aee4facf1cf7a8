"""The client behind a request, as the router saw it, and who asks through it."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.identity.viewer import Viewer

LONGEST_USER_AGENT = 256
# The longest IPv6 address has 45 characters; with a zone, some more.
LONGEST_IP = 64


@dataclass(frozen=True)
class Client:
    """Where a request came from.

    Attributes:
        ip: the other end of the router's connection, or of its trusted proxy's.
        user_agent: the client's own word about itself; only it can know whether that is true.
    """

    ip: str | None = None
    user_agent: str | None = None

    def cleaned(self) -> Client:
        """The same, fit to be stored and shown: short, only what is printed, None for empty."""
        return Client(_clean(self.ip, LONGEST_IP), _clean(self.user_agent, LONGEST_USER_AGENT))


@dataclass(frozen=True)
class Caller:
    """Who is asking, if known, and through which client."""

    viewer: Viewer | None = None
    client: Client = Client()


def _clean(text: str | None, longest: int) -> str | None:
    # Done for each request to a subgraph: whoever sends a long header shall not make it slow.
    begun = (text or "")[: 4 * longest]
    return "".join(filter(str.isprintable, begun))[:longest].strip() or None
