"""Which type is narrower than which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from supergraph.compose.schema import is_list, item_type, nullable
from supergraph.compose.subgraph import Subgraph


@dataclass(frozen=True, slots=True)
class Subtypes:
    """The subtype relation of all subgraphs together.

    Attributes:
        below: `below[abstract type]`: what implements it or is its member in any subgraph.
    """

    below: Mapping[str, frozenset[str]]

    def is_subtype(self, narrow: str, wide: str) -> bool:
        """Whether a value of type `narrow` is always one of type `wide`, both as GraphQL text."""
        if narrow == wide:
            return True
        if wide.endswith("!"):
            return narrow.endswith("!") and self.is_subtype(nullable(narrow), nullable(wide))
        if narrow.endswith("!"):
            return self.is_subtype(nullable(narrow), wide)
        if is_list(narrow) or is_list(wide):
            both = is_list(narrow) and is_list(wide)
            return both and self.is_subtype(item_type(narrow), item_type(wide))
        return narrow in self.below.get(wide, ())


def read_subtypes(subgraphs: Sequence[Subgraph]) -> Subtypes:
    """Collect what every subgraph says is below what."""
    found: dict[str, set[str]] = {}
    for subgraph in subgraphs:
        for name, above in _is_below(subgraph):
            found.setdefault(above, set()).add(name)
    return Subtypes({name: frozenset(below) for name, below in found.items()})


def _is_below(subgraph: Subgraph) -> Iterator[tuple[str, str]]:
    for name, definition in subgraph.types.items():
        yield from ((name, interface) for interface in definition.interfaces)
        yield from ((member, name) for member in definition.members)
