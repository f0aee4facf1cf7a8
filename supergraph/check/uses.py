"""What one operation touches of the schema that it was written for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    print_ast,
    visit,
)
from graphql.language import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    VariableDefinitionNode,
    Visitor,
)

# What a visitor is told beside the node: key, parent, path and ancestors.
Visited = Node | str | int | list[Node] | None


@dataclass(frozen=True)
class Uses:
    """Schema coordinates by how they are used.

    Attributes:
        read: types and fields that the answer is made of, and types that fragments name.
        given: what is written out: arguments, input types and their fields, enum values,
            directives and their arguments.
        sent: input types and enums of which a variable may bring any value.
    """

    read: set[str] = field(default_factory=set[str])
    given: set[str] = field(default_factory=set[str])
    sent: set[str] = field(default_factory=set[str])


def uses_of(document: DocumentNode, schema: GraphQLSchema) -> Uses:
    """Collect what a valid document touches."""
    info = TypeInfo(schema)
    collector = _Collector(schema, info)
    visit(document, TypeInfoVisitor(info, collector))
    return collector.uses


class _Collector(Visitor):
    def __init__(self, schema: GraphQLSchema, info: TypeInfo) -> None:
        super().__init__()
        self._schema = schema
        # graphql-core leaves the items of its list types unsaid.
        self._info: Any = info
        self.uses = Uses()

    def enter_field(self, node: FieldNode, *_: Visited) -> None:
        """A field with its arguments, the type it stands on and the type it answers with."""
        parent, answer = self._info.get_parent_type(), self._info.get_type()
        if parent is None or answer is None:
            return
        coordinate = f"{parent.name}.{node.name.value}"
        self.uses.read.update((parent.name, coordinate, _name(answer)))
        self._give(coordinate, node.arguments)

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Visited) -> None:
        """The type that it names."""
        if node.type_condition is not None:
            self.uses.read.add(node.type_condition.name.value)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Visited) -> None:
        """The type that it names."""
        self.uses.read.add(node.type_condition.name.value)

    def enter_directive(self, node: DirectiveNode, *_: Visited) -> None:
        """A directive with its arguments."""
        coordinate = f"@{node.name.value}"
        self.uses.given.add(coordinate)
        self._give(coordinate, node.arguments)

    def enter_object_field(self, node: ObjectFieldNode, *_: Visited) -> None:
        """An input field that is written out."""
        parent = self._info.get_parent_input_type()
        if parent is not None:
            self.uses.given.add(f"{_name(parent)}.{node.name.value}")

    def enter_object_value(self, *_: Visited) -> None:
        """An input object that is written out."""
        found = self._info.get_input_type()
        if found is not None:
            self.uses.given.add(_name(found))

    def enter_enum_value(self, node: EnumValueNode, *_: Visited) -> None:
        """An enum value that is written out."""
        found = self._info.get_input_type()
        if found is not None:
            self.uses.given.add(f"{_name(found)}.{node.value}")

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Visited) -> None:
        """Everything that a value of the variable may have in it."""
        self._send(print_ast(node.type).strip("[]!"))

    def _give(self, owner: str, arguments: Iterable[ArgumentNode] | None) -> None:
        self.uses.given.update(f"{owner}({each.name.value}:)" for each in arguments or ())

    def _send(self, name: str) -> None:
        if name in self.uses.sent:
            return
        self.uses.sent.add(name)
        found = self._schema.get_type(name)
        if isinstance(found, GraphQLInputObjectType):
            for item in found.fields.values():
                self._send(_name(item.type))


def _name(found: object) -> str:
    """The name of a type without its lists and non-nulls."""
    return str(found).strip("[]!")
