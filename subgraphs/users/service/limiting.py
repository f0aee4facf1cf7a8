"""How often somebody may try to log in: by the name they try, and by the address they come from.

An attempt is counted before its password is compared, so that many at once cannot slip through
together; one that succeeds is taken back. A name counts as it was asked for, whether somebody has
it or not: the limit tells nobody which names exist, nor which address belongs to which.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.telemetry import traced
from subgraphs.users.model.errors import AttemptsSpent
from subgraphs.users.store import attempts

# In 10 minutes, as `store.attempts` counts: a person mistypes, a programme guesses.
PER_NAME: Final = 10
# Many people may share one address.
PER_ADDRESS: Final = 100


@dataclass(frozen=True)
class Allowance:
    """One of the counts that an attempt goes into.

    Attributes:
        key: a digest, so that neither names nor addresses are stored.
        most: attempts in 10 minutes.
    """

    key: bytes
    most: int


@dataclass(frozen=True)
class Attempted:
    """What an attempt counts under, in this order: what its address refuses, no name pays for."""

    address: Allowance | None
    name: Allowance

    @property
    def all(self) -> Sequence[Allowance]:
        """Each count."""
        return [self.name] if self.address is None else [self.address, self.name]


def attempted(name: str, ip: str | None) -> Attempted:
    """Say what an attempt on a folded name counts under; `ip` is `None` where nobody knows it."""
    address = None if ip is None else Allowance(_key("address", ip), PER_ADDRESS)
    return Attempted(address, Allowance(_key("name", name), PER_NAME))


@traced
async def count(session: AsyncSession, attempt: Attempted, now: datetime) -> None:
    """Count an attempt.

    Args:
        session: of statements that stand alone: who guesses one name by many connections shall not
            make the others wait for a transaction.
        attempt: what it counts under.
        now: the time.

    Raises:
        AttemptsSpent: there were too many lately; where it is the address, the name is not counted.
    """
    for allowance in attempt.all:
        wait = await attempts.add(session, allowance.key, allowance.most, now)
        if wait is not None:
            raise AttemptsSpent(max(1, round(wait.total_seconds() * 1000)))


async def forgive(tx: AsyncSession, attempt: Attempted) -> None:
    """Take back an attempt that succeeded, and all earlier ones on that name."""
    if attempt.address is not None:
        await attempts.take_back(tx, attempt.address.key)
    await attempts.empty(tx, attempt.name.key)


def _key(kind: str, value: str) -> bytes:
    return hashlib.sha256(f"{kind} {value}".encode(errors="surrogatepass")).digest()
