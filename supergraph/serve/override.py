"""Which progressive overrides are on for a request, and the query graph that follows from it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial

from supergraph.model.overrides import override_labels
from supergraph.model.supergraph import Supergraph
from supergraph.query_graph.build import QueryGraph, build_query_graph
from supergraph.serve.configuration import ConfigurationInvalid

_PERCENT = re.compile(r"percent\((?P<share>\d{1,3}(?:\.\d{1,8})?)\)")
# One graph for each choice: with one draw a request they are one more than there are labels.
_GRAPHS = 32


class Overrides:
    """Draws once for each request: a label is on for its share of all requests.

    A greater share is on wherever a smaller one is.

    Args:
        supergraph: what the labels are written in.
        shares: percent by custom label, from `router.yaml`; one that is not named is off.
        draw: a number from 0 to below 1.

    Raises:
        ConfigurationInvalid: `shares` names a label that the supergraph does not have.
    """

    def __init__(
        self,
        supergraph: Supergraph,
        shares: Mapping[str, float],
        draw: Callable[[], float] = random.random,
    ) -> None:
        labels = override_labels(supergraph)
        unknown = sorted(shares.keys() - labels)
        if unknown:
            known = ", ".join(labels) or "none"
            raise ConfigurationInvalid(
                f"override_labels: the supergraph has no label {', '.join(unknown)}; it has {known}"
            )
        self._shares = dict(_shares(labels, shares))
        self._draw = draw
        self._graph = lru_cache(_GRAPHS)(partial(build_query_graph, supergraph))

    def graph(self) -> QueryGraph:
        """The query graph for one request."""
        drawn = self._draw() * 100 if self._shares else 0.0
        on = (label for label, share in self._shares.items() if drawn < share)
        return self._graph(frozenset(on))


def _shares(labels: Iterable[str], given: Mapping[str, float]) -> Iterable[tuple[str, float]]:
    for label in labels:
        found = _PERCENT.fullmatch(label)
        yield label, float(found["share"]) if found else given.get(label, 0.0)
