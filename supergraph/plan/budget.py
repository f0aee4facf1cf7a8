"""How much one operation may cost to plan: a hostile one ends in an error, never in a hang."""

from __future__ import annotations

from dataclasses import dataclass

from supergraph.plan.errors import PlanTooComplex


@dataclass(slots=True)
class Budget:
    """Counts down what one planning has left.

    Attributes:
        fields: fields of the normalised operation.
        depth: levels of nested selections.
        steps: moves tried while finding and choosing paths.
        choices: alternatives compared by branch and bound; when they are used up, the best
            combination found so far is taken.
    """

    fields: int = 20_000
    depth: int = 150
    steps: int = 400_000
    choices: int = 5_000

    def spend_field(self) -> None:
        """One more field.

        Raises:
            PlanTooComplex: none is left.
        """
        self.fields -= 1
        if self.fields < 0:
            raise PlanTooComplex("The operation selects too many fields to plan.")

    def spend_step(self, count: int = 1) -> None:
        """One more move.

        Raises:
            PlanTooComplex: none is left.
        """
        self.steps -= count
        if self.steps < 0:
            raise PlanTooComplex("The operation needs too many steps to plan.")

    def check_depth(self, depth: int) -> None:
        """Refuse what is nested too deep.

        Raises:
            PlanTooComplex: deeper than allowed.
        """
        if depth > self.depth:
            raise PlanTooComplex(f"The operation is nested deeper than {self.depth} levels.")
