"""Nodes of the query graph: one type as one subgraph has it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from supergraph.federation.field_set import Selection, print_selections


class Shape(Enum):
    """What a value of the node's type is, in its subgraph."""

    OBJECT = "object"
    ABSTRACT = "abstract"
    INTERFACE_OBJECT = "interface object"


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A composite type in one subgraph; interned by `QueryGraph.node`, so compared by identity.

    Attributes:
        type_name: the type's name, the same in every subgraph.
        graph: id of the subgraph.
        shape: an interface object is an interface to clients and an object in its subgraph.
        provided: what a @provides (or a key of a type above) lets the subgraph resolve below this
            place although it is external there. A node with it is a *view* of the plain node.
    """

    type_name: str
    graph: str
    shape: Shape
    provided: tuple[Selection, ...] = ()

    @property
    def is_abstract(self) -> bool:
        """Whether its objects have other types: an interface or a union of its subgraph."""
        return self.shape is Shape.ABSTRACT

    @property
    def is_interface_object(self) -> bool:
        """Whether the subgraph knows its objects only by an interface of the supergraph."""
        return self.shape is Shape.INTERFACE_OBJECT

    def __str__(self) -> str:
        """For people: `Product@REVIEWS`, a view with what is provided behind it."""
        view = f" {{ {print_selections(self.provided)} }}" if self.provided else ""
        return f"{self.type_name}@{self.graph}{view}"
