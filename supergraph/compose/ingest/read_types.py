"""Types of a schema document as values, in the specification's words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from graphql import print_ast
from graphql.language import (
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumTypeExtensionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    StringValueNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    UnionTypeExtensionNode,
)

from supergraph.compose.ingest.names import Names
from supergraph.compose.schema import (
    Applied,
    DirectiveDefinition,
    EnumValue,
    Field,
    InputValue,
    TypeDefinition,
    named_type,
)
from supergraph.model.supergraph import Kind

_KINDS = {
    "object": Kind.OBJECT,
    "interface": Kind.INTERFACE,
    "union": Kind.UNION,
    "enum": Kind.ENUM,
    "input_object": Kind.INPUT,
    "scalar": Kind.SCALAR,
}

TypeNodes = TypeDefinitionNode | TypeExtensionNode


@dataclass(frozen=True, slots=True)
class TypeReader:
    """Reads types under the names that the supergraph will have.

    Attributes:
        names: what directives are called.
        renames: `renames[name in the schema]` for root types.
        composed: the subgraph's own directives of which applications count; `None`: all.
    """

    names: Names
    renames: Mapping[str, str]
    composed: Collection[str] | None = None

    def read(self, document: DocumentNode) -> dict[str, TypeDefinition]:
        """Every type, its extensions put into it, in the order first written."""
        types: dict[str, TypeDefinition] = {}
        for node in document.definitions:
            if isinstance(node, TypeDefinitionNode | TypeExtensionNode):
                part = self._type(node)
                whole = types.get(part.name)
                types[part.name] = _joined(whole, part) if whole else part
        return types

    def read_directives(self, document: DocumentNode) -> dict[str, DirectiveDefinition]:
        """Every definition of a directive that the document has."""
        nodes = (d for d in document.definitions if isinstance(d, DirectiveDefinitionNode))
        return {node.name.value: self._directive(node) for node in nodes}

    def _directive(self, node: DirectiveDefinitionNode) -> DirectiveDefinition:
        arguments = [self._input(argument) for argument in node.arguments or ()]
        return DirectiveDefinition(
            name=node.name.value,
            description=_text(node.description),
            locations=tuple(place.value for place in node.locations),
            arguments={argument.name: argument for argument in arguments},
            is_repeatable=node.repeatable,
        )

    def _type(self, node: TypeNodes) -> TypeDefinition:
        directives = self.applied(node.directives)
        return TypeDefinition(
            name=self._name(node.name.value),
            kind=_KINDS[node.kind.removesuffix("_type_definition").removesuffix("_type_extension")],
            description=_description(node),
            directives=directives,
            fields={field.name: field for field in self._fields(node)},
            inputs={item.name: item for item in self._inputs(node)},
            interfaces=tuple(self._interfaces(node)),
            members=tuple(self._members(node)),
            values={value.name: value for value in self._values(node)},
            is_extension=isinstance(node, TypeExtensionNode)
            or any(directive.name == "extends" for directive in directives),
        )

    def applied(self, nodes: Iterable[DirectiveNode] | None) -> tuple[Applied, ...]:
        """Applications of directives under canonical names."""
        return tuple(
            Applied(
                self.names.canonical(node.name.value),
                {argument.name.value: argument.value for argument in node.arguments or ()},
            )
            for node in nodes or ()
            if self._counts(node.name.value)
        )

    def _counts(self, name: str) -> bool:
        return self.composed is None or name in self.composed or not self.names.is_own(name)

    def _fields(self, node: TypeNodes) -> Iterator[Field]:
        if isinstance(
            node,
            ObjectTypeDefinitionNode
            | ObjectTypeExtensionNode
            | InterfaceTypeDefinitionNode
            | InterfaceTypeExtensionNode,
        ):
            yield from (self._field(field) for field in node.fields or ())

    def _field(self, node: FieldDefinitionNode) -> Field:
        arguments = [self._input(argument) for argument in node.arguments or ()]
        return Field(
            name=node.name.value,
            type=self._type_text(node.type),
            arguments={argument.name: argument for argument in arguments},
            description=_text(node.description),
            directives=self.applied(node.directives),
        )

    def _inputs(self, node: TypeNodes) -> Iterator[InputValue]:
        if isinstance(node, InputObjectTypeDefinitionNode | InputObjectTypeExtensionNode):
            yield from (self._input(field) for field in node.fields or ())

    def _input(self, node: InputValueDefinitionNode) -> InputValue:
        return InputValue(
            name=node.name.value,
            type=self._type_text(node.type),
            default=node.default_value,
            description=_text(node.description),
            directives=self.applied(node.directives),
        )

    def _values(self, node: TypeNodes) -> Iterator[EnumValue]:
        if isinstance(node, EnumTypeDefinitionNode | EnumTypeExtensionNode):
            for value in node.values or ():
                yield EnumValue(
                    name=value.name.value,
                    description=_text(value.description),
                    directives=self.applied(value.directives),
                )

    def _interfaces(self, node: TypeNodes) -> Iterator[str]:
        interfaces: Iterable[NamedTypeNode] = getattr(node, "interfaces", None) or ()
        yield from (self._name(interface.name.value) for interface in interfaces)

    def _members(self, node: TypeNodes) -> Iterator[str]:
        if isinstance(node, UnionTypeDefinitionNode | UnionTypeExtensionNode):
            yield from (self._name(member.name.value) for member in node.types or ())

    def _name(self, name: str) -> str:
        return self.renames.get(name, name)

    def _type_text(self, node: TypeNode) -> str:
        text = print_ast(node)
        name = named_type(text)
        return text.replace(name, self._name(name))


def _joined(whole: TypeDefinition, part: TypeDefinition) -> TypeDefinition:
    """A type with one more definition or extension of it."""
    return replace(
        whole,
        description=whole.description or part.description,
        directives=whole.directives + part.directives,
        fields={**whole.fields, **part.fields},
        inputs={**whole.inputs, **part.inputs},
        interfaces=whole.interfaces + part.interfaces,
        members=whole.members + part.members,
        values={**whole.values, **part.values},
        is_extension=whole.is_extension and part.is_extension,
    )


def _description(node: TypeNodes) -> str | None:
    return _text(node.description) if isinstance(node, TypeDefinitionNode) else None


def _text(description: StringValueNode | None) -> str | None:
    return description.value if description else None
