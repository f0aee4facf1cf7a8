"""Moves of the query graph: how a request, or the next one, gets from node to node."""

from __future__ import annotations

from dataclasses import dataclass

from supergraph.federation.field_set import FieldSet
from supergraph.query_graph.nodes import Node


@dataclass(frozen=True, slots=True, eq=False)
class FieldMove:
    """A field that the source's subgraph can resolve.

    Attributes:
        target: the node of the field's value; `None` for scalars and enums.
        type: the field's type in this subgraph, as text: `[Product!]`.
        requires: what must be sent along with a key of the source before it can be resolved.
        is_abstract: whether clients may find objects of several types there, even where this
            subgraph has one type only.
    """

    name: str
    source: Node
    target: Node | None
    type: str
    requires: FieldSet | None = None
    is_abstract: bool = False

    @property
    def list_depth(self) -> int:
        """How many lists stand around the value."""
        return self.type.count("[")


@dataclass(frozen=True, slots=True, eq=False)
class Downcast:
    """From an abstract node to one of the object types that its subgraph has for it."""

    source: Node
    target: Node


@dataclass(frozen=True, slots=True, eq=False)
class KeyJump:
    """From an object to the same object in another subgraph, by one of that subgraph's keys.

    Attributes:
        key: what has to be known of the object before; its condition.
    """

    source: Node
    target: Node
    key: FieldSet
