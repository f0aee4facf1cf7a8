"""Random edits of a schema document: something is left out, or has another type."""

from __future__ import annotations

from typing import Any

from graphql.language import (
    DocumentNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    NamedTypeNode,
    NonNullTypeNode,
    visit,
)
from graphql.language.visitor import REMOVE, Visitor
from hypothesis import strategies as st

LEFT_OUT = (FieldDefinitionNode, InputValueDefinitionNode, EnumValueDefinitionNode)


class _Edit(Visitor):
    """Edits the places whose number is in `at`."""

    def __init__(self, at: set[int]) -> None:
        super().__init__()
        self.at = at
        self.places = -1

    def enter(self, node: Any, _key: Any, parent: Any, *_: Any) -> Any:
        """Leave out, or turn `T` to `T!` and back."""
        is_place = isinstance(node, (*LEFT_OUT, NonNullTypeNode)) or (
            isinstance(node, NamedTypeNode) and not isinstance(parent, NonNullTypeNode)
        )
        self.places += is_place
        if not is_place or self.places not in self.at:
            return None
        if isinstance(node, LEFT_OUT):
            return REMOVE
        return node.type if isinstance(node, NonNullTypeNode) else NonNullTypeNode(type=node)


def edits(document: DocumentNode) -> st.SearchStrategy[DocumentNode]:
    """The document with one to four edits, not always a valid one."""
    counter = _Edit(set())
    visit(document, counter)
    places = st.sets(st.integers(0, counter.places), min_size=1, max_size=4)
    return places.map(lambda at: visit(document, _Edit(at)))
