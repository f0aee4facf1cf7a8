"""Whether every default value and every directive argument fits its type."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    print_ast,
    value_from_ast,
)
from graphql.language import DirectiveNode, DocumentNode, Node, Visitor, visit


def value_problems(document: DocumentNode, schema: GraphQLSchema) -> Iterator[str]:
    """Messages for values that do not fit.

    Args:
        document: where the directives are applied.
        schema: a valid schema built from it.
    """
    for name, slot in _slots(schema):
        yield from _default(name, slot)
    applied = _AppliedDirectives()
    visit(document, applied)
    for node in applied.found:
        yield from _arguments(node, schema)


def _slots(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLArgument | GraphQLInputField]]:
    for type_name, item in schema.type_map.items():
        if isinstance(item, GraphQLInputObjectType):
            for name, slot in item.fields.items():
                yield f"{type_name}.{name}", slot
        elif isinstance(item, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in item.fields.items():
                for name, slot in field.args.items():
                    yield f"{type_name}.{field_name}({name}:)", slot
    for directive in schema.directives:
        for name, slot in directive.args.items():
            yield f"@{directive.name}({name}:)", slot


def _default(name: str, slot: GraphQLArgument | GraphQLInputField) -> Iterator[str]:
    value = slot.ast_node.default_value if slot.ast_node else None
    if value is not None and value_from_ast(value, slot.type) is Undefined:
        yield f"default value {print_ast(value)} of {name} does not fit its type {slot.type}"


def _arguments(node: DirectiveNode, schema: GraphQLSchema) -> Iterator[str]:
    directive = schema.get_directive(node.name.value)
    for argument in node.arguments or ():
        slot = directive.args.get(argument.name.value) if directive else None
        if slot is not None and value_from_ast(argument.value, slot.type) is Undefined:
            place = f"@{node.name.value}({argument.name.value}:)"
            yield f"value {print_ast(argument.value)} of {place} does not fit its type {slot.type}"


class _AppliedDirectives(Visitor):
    """Collects every application of a directive."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[DirectiveNode] = []

    def enter_directive(
        self, node: DirectiveNode, *_: Node | str | int | list[Node] | None
    ) -> None:
        """Keep the application."""
        self.found.append(node)
