"""A step that every leaf needs only under some @skip or @include is sent only then."""

from __future__ import annotations

from collections.abc import Sequence

from supergraph.plan.asks import Conditions
from supergraph.plan.steps import Step


def find_conditions(steps: Sequence[Step]) -> None:
    """Set the conditions that all uses of a step share.

    A step that serves others is needed whenever one of them is; those come after it.
    """
    for step in reversed(steps):
        shared: list[Conditions] = [*step.uses, *(one.conditions for one in step.serves)]
        step.conditions = shared[0].intersection(*shared[1:])
