"""Choose one path per leaf, so that the whole plan costs least."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from supergraph.plan.budget import Budget
from supergraph.plan.paths import Leaf, Path
from supergraph.plan.ways import Hop, Request

Cost = tuple[int, int, int]
"""`(depth, requests, hops)`, compared in this order: what waits costs more than what is wide."""


@dataclass(slots=True)
class _Chosen:
    """Some paths, merged on what they share.

    Attributes:
        taken: ids of the paths' moves, each move once.
    """

    requests: set[Request] = field(default_factory=set[Request])
    taken: set[int] = field(default_factory=set[int])
    hops: int = 0
    picks: dict[int, Path] = field(default_factory=dict[int, Path])

    @property
    def cost(self) -> Cost:
        depth = max((level for level, _ in self.requests), default=-1) + 1
        return depth, len(self.requests), self.hops

    def added_by(self, path: Path) -> Cost:
        """What the path would add to depth, requests and hops."""
        new = path.requests - self.requests
        depth = max((level for level, _ in self.requests), default=-1)
        deeper = max((level for level, _ in new), default=-1) - depth
        return max(deeper, 0), len(new), self._new_hops(path)

    def _new_hops(self, path: Path) -> int:
        if not path.hops:
            return 0
        count = 0
        current: Path | None = path
        while current is not None and id(current) not in self.taken:
            count += isinstance(current.move, Hop)
            current = current.previous
        return count

    def add(self, leaf: int, path: Path) -> None:
        """Take a path for a leaf."""
        self.picks[leaf] = path
        self.requests |= path.requests
        current: Path | None = path
        while current is not None and id(current) not in self.taken:
            self.taken.add(id(current))
            self.hops += isinstance(current.move, Hop)
            current = current.previous

    def copy(self) -> _Chosen:
        """For one branch of the search."""
        return _Chosen(set(self.requests), set(self.taken), self.hops, dict(self.picks))


def choose(leaves: Sequence[Leaf], budget: Budget) -> list[Path]:
    """Pick one path per leaf so that the whole costs least.

    Leaves with one option are taken first; then whatever costs no further request; only the
    rest is searched, by branch and bound. When the budget's choices are used up, the best
    combination so far is taken.

    Args:
        leaves: each with one or more options.
        budget: what the search may cost.

    Returns:
        The chosen path of each leaf, in the order of `leaves`.

    Source:
        Branch and bound over a directed Steiner tree, as in Apollo's `generateAllPlans.ts`.
    """
    # The order of fields in the operation must not matter for what is chosen.
    order = sorted(range(len(leaves)), key=lambda i: leaves[i].place)
    chosen = _Chosen()
    for i in order:
        if len(leaves[i].options) == 1:
            chosen.add(i, leaves[i].options[0])
    open_leaves = [i for i in order if len(leaves[i].options) > 1]
    best = _Search(leaves, budget).run(chosen, open_leaves)
    return [best.picks[i] for i in range(len(leaves))]


class _Search:
    def __init__(self, leaves: Sequence[Leaf], budget: Budget) -> None:
        self._leaves = leaves
        self._budget = budget
        self._best: _Chosen | None = None

    def run(self, chosen: _Chosen, open_leaves: list[int]) -> _Chosen:
        self._branch(chosen, open_leaves)
        if self._best is None:
            raise AssertionError("a search always ends in a combination")
        return self._best

    def _branch(self, chosen: _Chosen, open_leaves: list[int]) -> None:
        remaining = self._take_free(chosen, open_leaves)
        if self._best is not None and chosen.cost >= self._best.cost:
            return
        if not remaining:
            self._best = chosen
            return
        leaf, rest = remaining[0], remaining[1:]
        for path in self._ordered(chosen, leaf):
            if self._best is not None and self._budget.choices <= 0:
                return
            self._budget.choices -= 1
            branch = chosen.copy()
            branch.add(leaf, path)
            self._branch(branch, rest)

    def _take_free(self, chosen: _Chosen, open_leaves: list[int]) -> list[int]:
        """Take every leaf that needs no further request: no other choice can be cheaper."""
        remaining = open_leaves
        while True:
            kept: list[int] = []
            for leaf in remaining:
                self._budget.spend_step(len(self._leaves[leaf].options))
                path = self._ordered(chosen, leaf)[0]
                if chosen.added_by(path)[:2] == (0, 0):
                    chosen.add(leaf, path)
                else:
                    kept.append(leaf)
            if len(kept) == len(remaining):
                return kept
            remaining = kept

    def _ordered(self, chosen: _Chosen, leaf: int) -> list[Path]:
        options = self._leaves[leaf].options
        return sorted(options, key=lambda p: (chosen.added_by(p), p.sort_key, str(p.node)))


def cost_of(paths: Iterable[Path]) -> Cost:
    """What paths cost together."""
    chosen = _Chosen()
    for i, path in enumerate(paths):
        chosen.add(i, path)
    return chosen.cost
