"""What every step of the merge knows: the subgraphs, the subtypes, and where to report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from supergraph.compose.diagnostics import CompositionError, Diagnostic, Hint
from supergraph.compose.merge.features import Features
from supergraph.compose.schema import TypeDefinition, is_list, item_type, nullable
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source(Generic[T]):
    """One subgraph's part of something that is merged."""

    subgraph: Subgraph
    value: T


@dataclass
class Merging:
    """The state of one merge; only `found` grows.

    Attributes:
        features: which directives are merged, and their names in the supergraph.
        found: errors and hints so far, in order.
    """

    subgraphs: Sequence[Subgraph]
    features: Features
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def error(self, code: str, message: str, *where: str) -> None:
        """Report an error at a merged coordinate such as `Tweet.author`."""
        self.found.append(CompositionError(code, message, where))

    def hint(self, code: str, message: str, *where: str) -> None:
        """Report a remark that does not fail composition."""
        self.found.append(Hint(code, message, where))

    def sources(self, type_name: str) -> list[Source[TypeDefinition]]:
        """The parts of a type, in the order of the subgraphs.

        Every subgraph has a query type: `_service` at least.
        """
        empty = TypeDefinition(name="Query", kind=Kind.OBJECT)
        parts = (
            (s, s.types.get(type_name, empty if type_name == "Query" else None))
            for s in self.subgraphs
        )
        return [Source(subgraph, part) for subgraph, part in parts if part is not None]

    @cached_property
    def subtypes(self) -> Mapping[str, frozenset[str]]:
        """`subtypes[abstract type]`: what implements it or is its member in any subgraph."""
        found: dict[str, set[str]] = {}
        for subgraph in self.subgraphs:
            for name, above in _is_below(subgraph):
                found.setdefault(above, set()).add(name)
        return {name: frozenset(below) for name, below in found.items()}

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
        return narrow in self.subtypes.get(wide, ())


def _is_below(subgraph: Subgraph) -> Iterator[tuple[str, str]]:
    for name, definition in subgraph.types.items():
        yield from ((name, interface) for interface in definition.interfaces)
        yield from ((member, name) for member in definition.members)
