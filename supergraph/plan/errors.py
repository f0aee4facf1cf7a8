"""What planning can end in, other than a plan.

* PlanError
  x PlanTooComplex
  x Unresolvable
  x ReservedAlias
  x NotOneRootField
"""

from __future__ import annotations


class PlanError(Exception):
    """The operation has no plan."""


class PlanTooComplex(PlanError):
    """The operation is too large or too deep to plan within the budget."""


class Unresolvable(PlanError):
    """No subgraph can resolve a field from where the operation asks for it."""


class ReservedAlias(PlanError):
    """The operation calls a field `__typename`, a name that the router itself needs."""


class NotOneRootField(PlanError):
    """A subscription asks exactly one root field, without conditions."""
