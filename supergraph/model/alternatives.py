"""Alternatives of which a viewer must fulfil one wholly: sets of scopes, or of policies."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

Alternatives = tuple[frozenset[str], ...]
"""None at all is no requirement."""


def both(one: Alternatives, other: Alternatives) -> Alternatives:
    """Alternatives that fulfil both: each of one joined with each of the other, the least kept."""
    if not one or not other:
        return one or other
    return least(a | b for a, b in product(one, other))


def least(found: Iterable[frozenset[str]]) -> Alternatives:
    """Without those that hold another one, in a fixed order: what means the same is equal."""
    items = set(found)
    kept = [item for item in items if not any(less < item for less in items)]
    return tuple(sorted(kept, key=sorted))


def implies(have: Alternatives, need: Alternatives) -> bool:
    """Whether a viewer who fulfils one of `have` fulfils one of `need` too."""
    if not need:
        return True
    return bool(have) and all(any(wanted <= item for wanted in need) for item in have)
