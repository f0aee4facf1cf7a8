"""Passes over the fetch graph: fewer requests, and only those that are needed.

Order matters: conditions come first, since they say which steps may be one and which requests may
be shared; a request's conditions say what is repeated in it; aliases are about what is left.
"""

from __future__ import annotations

from supergraph.plan.optimize.alias_mismatched_types import alias_mismatched_types
from supergraph.plan.optimize.drop_repeated_fields import drop_repeated_fields
from supergraph.plan.optimize.find_conditions import find_conditions
from supergraph.plan.optimize.merge_same_place import merge_same_place
from supergraph.plan.optimize.share_requests import Request, share_requests
from supergraph.plan.steps import Step

__all__ = ["Request", "optimize"]


def optimize(steps: list[Step]) -> list[Request]:
    """The same answers with fewer requests."""
    find_conditions(steps)
    merged = merge_same_place(steps)
    requests = share_requests(merged)
    drop_repeated_fields(merged)
    alias_mismatched_types(merged)
    return requests
