"""Look-ups of one subgraph that can be sent at the same time go into one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supergraph.plan.asks import Conditions
from supergraph.plan.steps import Step, levels


@dataclass(slots=True, eq=False)
class Request:
    """Steps of one subgraph that are sent together.

    Attributes:
        level: how many requests come before it.
        conditions: it is sent only where they all hold.
    """

    graph: str
    level: int
    conditions: Conditions
    steps: list[Step]

    def joined_conditions(self, other: Conditions) -> Conditions | None:
        """The conditions of both together; `None` where that would send what neither would."""
        shared = self.conditions & other
        return shared if shared in (self.conditions, other) else None


def share_requests(steps: Sequence[Step]) -> list[Request]:
    """Put steps together into requests, each step as early as its inputs allow.

    A step that no other waits for is put off to a later request to the same subgraph: the answer
    has to wait for that one anyway. Every step keeps inputs of its own, so a failed one takes
    no other along.

    Returns:
        By level; each step's conditions are those of its request.
    """
    level = levels(list(steps))
    requests: list[Request] = []
    for step in sorted(steps, key=lambda s: (level[s], len(s.conditions), order_of(s))):
        _place(step, level[step], requests)
    waited_for = {parent for step in steps for parent in step.parents}
    shared = _put_off(requests, waited_for)
    for request in shared:
        for step in request.steps:
            step.conditions = request.conditions
    return sorted(shared, key=lambda r: (r.level, r.graph, sorted(r.conditions)))


def _place(step: Step, level: int, requests: list[Request]) -> None:
    for request in requests:
        if not step.is_root and (request.graph, request.level) == (step.graph, level):
            conditions = request.joined_conditions(step.conditions)
            if conditions is not None:
                request.conditions = conditions
                request.steps.append(step)
                return
    requests.append(Request(step.graph, level, step.conditions, [step]))


def _put_off(requests: list[Request], waited_for: set[Step]) -> list[Request]:
    kept = list(requests)
    for request in requests:
        if any(step.is_root or step in waited_for for step in request.steps):
            continue
        for later in sorted(kept, key=lambda r: r.level):
            conditions = later.joined_conditions(request.conditions)
            is_later = later.graph == request.graph and later.level > request.level
            if is_later and conditions is not None:
                later.conditions = conditions
                later.steps += request.steps
                kept.remove(request)
                break
    return kept


def order_of(step: Step) -> tuple[tuple[str, ...], str, list[tuple[str, bool]]]:
    """The same order whatever the order of subgraphs and fields."""
    inputs = sorted((name, str(one.selections)) for name, one in step.inputs.items())
    return step.where, str(inputs), sorted(step.conditions)
