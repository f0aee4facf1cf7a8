"""What one request selects of one object: a selection set that still grows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from supergraph.plan.asks import ALWAYS, Conditions
from supergraph.query_graph.moves import FieldMove
from supergraph.query_graph.nodes import Node


@dataclass(slots=True)
class SelectedField:
    """One field of a request.

    Attributes:
        key: the response key in the data.
        arguments: as text, with parentheses; empty without any.
        variables: names of the client's variables in the arguments.
        move: what is known of the field; `None` for `__typename`.
        below: what is selected of its objects; `None` for a leaf.
        sent_as: the response key in the request where it has to differ from `key`.
    """

    key: str
    name: str
    arguments: str = ""
    variables: frozenset[str] = frozenset()
    conditions: Conditions = ALWAYS
    move: FieldMove | None = None
    below: Selected | None = None
    sent_as: str | None = None


@dataclass(slots=True)
class Selected:
    """The selections of one object.

    Attributes:
        node: the object's type in the request's subgraph.
        typename: whether the router itself needs `__typename` here.
        fields: by response key and conditions.
        casts: by object type: what is selected of that type only.
    """

    node: Node
    typename: bool = False
    fields: dict[tuple[str, Conditions], SelectedField] = field(
        default_factory=dict[tuple[str, Conditions], SelectedField]
    )
    casts: dict[str, Selected] = field(default_factory=dict[str, "Selected"])

    def add(self, new: SelectedField) -> SelectedField:
        """Select a field, or find that it is selected already."""
        found = self.fields.setdefault((new.key, new.conditions), new)
        if found.below is None and new.move is not None and new.move.target is not None:
            target = new.move.target
            typename = new.move.is_abstract and not target.is_interface_object
            found.below = Selected(target, typename)
        return found

    def cast(self, node: Node) -> Selected:
        """What is selected of one object type only."""
        return self.casts.setdefault(node.type_name, Selected(node))

    def take(self, other: Selected) -> None:
        """Select everything that another selection of the same object does."""
        self.typename |= other.typename
        for new in other.fields.values():
            found = self.fields.setdefault((new.key, new.conditions), new)
            if found is not new and found.below and new.below:
                found.below.take(new.below)
        for type_name, cast in other.casts.items():
            if self.casts.setdefault(type_name, cast) is not cast:
                self.casts[type_name].take(cast)

    def essence(self) -> frozenset[object]:
        """Equal where the same is asked, in whatever order."""
        found: set[object] = {"__typename"} if self.typename or self.node.is_abstract else set()
        for one in self.fields.values():
            below = one.below and one.below.essence()
            key = one.sent_as or one.key
            found.add((key, one.name, one.arguments, one.conditions, below))
        found |= {(name, cast.essence()) for name, cast in self.casts.items()}
        return frozenset(found)

    def variables(self) -> Iterator[str]:
        """Names of all variables used, with repeats."""
        for one in self.fields.values():
            yield from one.variables
            yield from (name for name, _ in one.conditions)
            if one.below:
                yield from one.below.variables()
        for cast in self.casts.values():
            yield from cast.variables()
