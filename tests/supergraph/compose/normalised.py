"""How two supergraphs differ in the hand-outs' canonical form."""

from __future__ import annotations

from tests.oracles.normaliser import normaliser


def differences(ours: str, theirs: str) -> list[str]:
    """One line for each difference; none where the two mean the same."""
    normalise = normaliser()
    left, right = normalise(ours), normalise(theirs)
    only_ours = [f"ours:   {line}" for line in sorted(left - right)]
    return only_ours + [f"theirs: {line}" for line in sorted(right - left)]
