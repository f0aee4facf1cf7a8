"""Response keys in the data: the client's own, and free ones for what the router adds."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import print_ast
from graphql.language import ArgumentNode, ListValueNode, Node, ObjectValueNode, VariableNode

from supergraph.federation.field_set import FieldSelection
from supergraph.plan.asks import Ask

Place = tuple[str, ...]
"""Response keys from the root to an object; list positions and types do not count."""


class ResponseKeys:
    """Which field stands under which key, at every place of the data.

    All requests write into the same data, so a field that the router adds (a key, an input of a
    @requires) may take the plain name only where nothing else stands, or the very same field.
    """

    def __init__(self, asks: Iterable[Ask]) -> None:
        self._taken: dict[Place, dict[str, set[str]]] = {}
        self._register(asks, ())

    def _register(self, asks: Iterable[Ask], place: Place) -> None:
        for ask in asks:
            self._at(place, ask.key).add(f"{ask.name}{arguments_text(ask.arguments)}")
            self._register(ask.children, (*place, ask.key))

    def _at(self, place: Place, key: str) -> set[str]:
        return self._taken.setdefault(place, {}).setdefault(key, set())

    def for_field(self, place: Place, selection: FieldSelection) -> str:
        """The key of a field that the router adds; always the same for the same field."""
        field = f"{selection.name}{field_set_arguments_text(selection)}"
        candidate, count = selection.name, 0
        while self._at(place, candidate) - {field}:
            candidate = f"_{selection.name}_{count}"
            count += 1
        self._at(place, candidate).add(field)
        return candidate


def arguments_text(arguments: Iterable[ArgumentNode]) -> str:
    """Arguments as GraphQL text with parentheses, sorted by name; empty without any."""
    parts = sorted(f"{a.name.value}: {print_ast(a.value)}" for a in arguments)
    return f"({', '.join(parts)})" if parts else ""


def field_set_arguments_text(selection: FieldSelection) -> str:
    """The same for a field of a field set."""
    parts = sorted(f"{name}: {value}" for name, value in selection.arguments)
    return f"({', '.join(parts)})" if parts else ""


def variables_in(nodes: Iterable[Node]) -> frozenset[str]:
    """Names of the variables in argument values."""
    found: set[str] = set()
    todo = list(nodes)
    while todo:
        node = todo.pop()
        if isinstance(node, VariableNode):
            found.add(node.name.value)
        elif isinstance(node, ListValueNode):
            todo += node.values
        elif isinstance(node, ObjectValueNode):
            todo += [one.value for one in node.fields]
        elif isinstance(node, ArgumentNode):
            todo.append(node.value)
    return frozenset(found)
