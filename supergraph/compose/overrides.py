"""@override: which subgraph takes a field from which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from supergraph.compose.schema import Field
from supergraph.compose.subgraph import Subgraph


class FieldSource(Protocol):
    """A field as one subgraph has it."""

    @property
    def subgraph(self) -> Subgraph:
        """The subgraph."""
        ...

    @property
    def value(self) -> Field:
        """The field there."""
        ...


@dataclass(frozen=True, slots=True)
class Overrider:
    """The subgraph that takes a field.

    Attributes:
        label: the field is taken only where the label is on; `None`: always.
    """

    subgraph: Subgraph
    label: str | None


def overriders(sources: Iterable[FieldSource]) -> dict[str, Overrider]:
    """`overriders[name of the subgraph that loses the field]`."""
    found: dict[str, Overrider] = {}
    for source in sources:
        for override in source.value.applied("override"):
            loser = override.text("from")
            if loser is not None and loser != source.subgraph.name:
                found[loser] = Overrider(source.subgraph, override.text("label"))
    return found
