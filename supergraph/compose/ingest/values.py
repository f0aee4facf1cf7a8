"""Whether every default value and every directive argument fits its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import print_ast
from graphql.language import (
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    InputValueDefinitionNode,
    Node,
    ValueNode,
    Visitor,
    visit,
)

from supergraph.compose.schema import TypeDefinition
from supergraph.compose.values import fits

# What a visitor is told beside the node: key, parent, path and ancestors.
Visited = Node | str | int | list[Node] | None


def value_problems(
    document: DocumentNode, whole: DocumentNode, types: Mapping[str, TypeDefinition]
) -> Iterator[str]:
    """Messages for values that do not fit.

    Args:
        document: the schema as its author wrote it.
        whole: the same with the definitions of every directive that it may apply.
        types: the types of `whole` by name.
    """
    found = _Values()
    visit(document, found)
    for slot in found.slots:
        if slot.default_value is not None:
            yield from _value(slot.default_value, f"default of {slot.name.value}", slot, types)
    definitions = {
        d.name.value: d for d in whole.definitions if isinstance(d, DirectiveDefinitionNode)
    }
    for applied in found.applied:
        definition = definitions.get(applied.name.value)
        slots = {slot.name.value: slot for slot in definition.arguments or ()} if definition else {}
        for argument in applied.arguments or ():
            slot = slots.get(argument.name.value)
            if slot is not None:
                where = f"@{applied.name.value}({argument.name.value}:)"
                yield from _value(argument.value, where, slot, types)


def _value(
    value: ValueNode,
    where: str,
    slot: InputValueDefinitionNode,
    types: Mapping[str, TypeDefinition],
) -> Iterator[str]:
    wanted = print_ast(slot.type)
    if not fits(value, wanted, types):
        yield f"the value {print_ast(value)} of {where} does not fit the type {wanted}"


class _Values(Visitor):
    """Collects everything that has a default value, and every application of a directive."""

    def __init__(self) -> None:
        super().__init__()
        self.slots: list[InputValueDefinitionNode] = []
        self.applied: list[DirectiveNode] = []

    def enter_input_value_definition(self, node: InputValueDefinitionNode, *_: Visited) -> None:
        """Keep an argument or input field."""
        self.slots.append(node)

    def enter_directive(self, node: DirectiveNode, *_: Visited) -> None:
        """Keep the application."""
        self.applied.append(node)
