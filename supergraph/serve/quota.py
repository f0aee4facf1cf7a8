"""How much of something each identity may have open at one time, in this process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address

from chassis.identity import Caller
from supergraph.serve.refusals import TooMuchOpen

_NETWORK_BITS = 64


class Quota:
    """Counts what is open.

    Args:
        limit: its name in `subscriptions` of the configuration.
        maximum: for each identity.
    """

    def __init__(self, limit: str, maximum: int) -> None:
        self._limit = limit
        self._maximum = maximum
        self._open: Counter[str] = Counter()

    @contextmanager
    def taken(self, identity: str) -> Generator[None, None, None]:
        """Have one more open for the length of a block.

        Raises:
            TooMuchOpen: the identity has the most already.
        """
        if self._open[identity] >= self._maximum:
            raise TooMuchOpen(self._limit, self._maximum)
        self._open[identity] += 1
        try:
            yield
        finally:
            self._open[identity] -= 1
            if not self._open[identity]:
                del self._open[identity]


def identity_of(caller: Caller) -> str:
    """The viewer, or else where they come from."""
    return caller.viewer.id if caller.viewer else address_of(caller.client.ip)


def address_of(ip: str | None) -> str:
    """The address to count by: of IPv6 the network, since a host has 2^64 addresses in it."""
    try:
        address = ip_address(ip or "")
    except ValueError:
        return f"address {ip}"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"network {int(address) >> _NETWORK_BITS:x}"
    return f"address {ip}"
