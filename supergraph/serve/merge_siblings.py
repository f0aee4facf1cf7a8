"""Drop selections that stand twice beside each other, alike but for white space.

A document is valid exactly when it is valid without them, and the rule that compares fields with
each other takes time in the square of their number: `viewer{login}` three hundred times is four
kilobytes and costs the validator a third of a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from graphql.language import (
    DefinitionNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    print_ast,
)


def merge_siblings(document: DocumentNode) -> DocumentNode:
    """The document with each selection once per selection set; nodes keep their locations."""
    merge = _Merge()
    return replace(document, definitions=tuple(map(merge.definition, document.definitions)))


class _Merge:
    """Numbers selections from the leaves upwards, so that each is compared by its number alone."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}

    def definition(self, node: DefinitionNode) -> DefinitionNode:
        if not isinstance(node, OperationDefinitionNode | FragmentDefinitionNode):
            return node
        return replace(node, selection_set=self._set(node.selection_set)[0])

    def _set(self, node: SelectionSetNode) -> tuple[SelectionSetNode, tuple[int, ...]]:
        kept: dict[int, SelectionNode] = {}
        for selection, number in map(self._one, node.selections):
            # The first one stays: it says where the answer's key stands.
            kept.setdefault(number, selection)
        return replace(node, selections=tuple(kept.values())), tuple(kept)

    def _one(self, node: SelectionNode) -> tuple[SelectionNode, int]:
        inner: tuple[int, ...] = ()
        if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set:
            merged, inner = self._set(node.selection_set)
            node = replace(node, selection_set=merged)
        key = (*_head(node), inner)
        return node, self._numbers.setdefault(key, len(self._numbers))


def _head(node: SelectionNode) -> tuple[object, ...]:
    directives = _text(node.directives)
    if isinstance(node, FieldNode):
        alias = node.alias.value if node.alias else None
        return ("field", alias, node.name.value, _text(node.arguments), directives)
    if isinstance(node, InlineFragmentNode):
        condition = node.type_condition.name.value if node.type_condition else None
        return ("inline", condition, directives)
    name = node.name.value if isinstance(node, FragmentSpreadNode) else id(node)
    return ("spread", name, directives)


def _text(nodes: Iterable[Node] | None) -> tuple[str, ...]:
    return tuple(print_ast(node) for node in nodes or ())
