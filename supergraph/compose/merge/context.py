"""What every step of the merge knows: the subgraphs, the subtypes, and where to report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from supergraph.compose.diagnostics import CompositionError, Diagnostic, Hint
from supergraph.compose.merge.features import Features
from supergraph.compose.merge.subtypes import Subtypes, read_subtypes
from supergraph.compose.schema import Applied, TypeDefinition
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind

T = TypeVar("T")
Way = Callable[[Sequence[Applied]], Iterable[Applied]]


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
        ways: how several applications become one, by the directive's canonical name.
        found: errors and hints so far, in order.
    """

    subgraphs: Sequence[Subgraph]
    features: Features
    ways: Mapping[str, Way]
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
    def subtypes(self) -> Subtypes:
        """The subtype relation of all subgraphs together."""
        return read_subtypes(self.subgraphs)

    def is_subtype(self, narrow: str, wide: str) -> bool:
        """Whether a value of type `narrow` is always one of type `wide`, both as GraphQL text."""
        return self.subtypes.is_subtype(narrow, wide)
