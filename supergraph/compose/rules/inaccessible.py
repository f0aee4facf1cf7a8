"""What is left after everything @inaccessible is cut off is a schema that clients can use.

Codes: QUERY_ROOT_TYPE_INACCESSIBLE, ONLY_INACCESSIBLE_CHILDREN, REFERENCED_INACCESSIBLE,
REQUIRED_INACCESSIBLE, IMPLEMENTED_BY_INACCESSIBLE, DEFAULT_VALUE_USES_INACCESSIBLE,
DISALLOWED_INACCESSIBLE.

See https://specs.apollo.dev/inaccessible/v0.2
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql.language import EnumValueNode, ListValueNode, ObjectValueNode, ValueNode

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.merge import Merged
from supergraph.compose.schema import Element, Field, InputValue, TypeDefinition, named_type
from supergraph.model.supergraph import Kind


def inaccessible(merged: Merged) -> Iterator[CompositionError]:
    """Judge every type, field, argument and default value that clients would see."""
    name = merged.features.names.get("inaccessible")
    if name is None:
        return
    view = _View(merged.types, name)
    for directive in merged.directives:
        for argument in directive.arguments.values():
            if view.hides(argument):
                text = "an argument of a directive cannot be @inaccessible"
                yield _error("DISALLOWED_INACCESSIBLE", f"@{directive.name}", text)
    for definition in merged.types.values():
        if not view.hides(definition):
            yield from view.judge(definition)
        elif definition.name == "Query":
            text = "the query type is what clients ask, so it cannot be @inaccessible"
            yield _error("QUERY_ROOT_TYPE_INACCESSIBLE", "Query", text)


def _error(code: str, where: str, message: str) -> CompositionError:
    return CompositionError(code, f'"{where}": {message}', (where,))


@dataclass(frozen=True, slots=True)
class _View:
    """The merged schema as clients see it.

    Attributes:
        directive: the supergraph's name for @inaccessible.
    """

    types: Mapping[str, TypeDefinition]
    directive: str

    def hides(self, element: Element) -> bool:
        return element.has(self.directive)

    def _hides_type(self, type_text: str) -> bool:
        definition = self.types.get(named_type(type_text))
        return definition is not None and self.hides(definition)

    def judge(self, definition: TypeDefinition) -> Iterator[CompositionError]:
        """Everything about one visible type."""
        yield from self._children(definition)
        for field in definition.fields.values():
            if not self.hides(field):
                yield from self._field(f"{definition.name}.{field.name}", field)
        for item in definition.inputs.values():
            yield from self._input(f"{definition.name}.{item.name}", item)
        for name in definition.interfaces:
            interface = self.types.get(name)
            if interface is not None and not self.hides(interface):
                yield from self._implements(definition, interface)

    def _children(self, definition: TypeDefinition) -> Iterator[CompositionError]:
        parts = (definition.fields, definition.inputs, definition.values)
        children: list[Element] = [child for part in parts for child in part.values()]
        hidden = [self.hides(child) for child in children]
        if definition.kind is Kind.UNION:
            hidden = [self._hides_type(member) for member in definition.members]
        if hidden and all(hidden):
            text = "clients can see the type, but all that it consists of is @inaccessible"
            yield _error("ONLY_INACCESSIBLE_CHILDREN", definition.name, text)

    def _field(self, where: str, field: Field) -> Iterator[CompositionError]:
        if self._hides_type(field.type):
            text = f'clients can see it, but not its type "{named_type(field.type)}"'
            yield _error("REFERENCED_INACCESSIBLE", where, text)
        for argument in field.arguments.values():
            yield from self._input(f"{where}({argument.name}:)", argument)

    def _input(self, where: str, item: InputValue) -> Iterator[CompositionError]:
        if self.hides(item):
            if item.is_required:
                text = "it is required, so clients must be able to give it"
                yield _error("REQUIRED_INACCESSIBLE", where, text)
            return
        if self._hides_type(item.type):
            text = f'clients can see it, but not its type "{named_type(item.type)}"'
            yield _error("REFERENCED_INACCESSIBLE", where, text)
        elif item.default is not None and self._uses_hidden(item.default, item.type):
            text = "its default value has something @inaccessible in it"
            yield _error("DEFAULT_VALUE_USES_INACCESSIBLE", where, text)

    def _uses_hidden(self, value: ValueNode, type_text: str) -> bool:
        if isinstance(value, ListValueNode):
            return any(self._uses_hidden(item, type_text) for item in value.values)
        definition = self.types.get(named_type(type_text))
        if definition is None:
            return False
        if isinstance(value, EnumValueNode):
            found = definition.values.get(value.value)
            return found is not None and self.hides(found)
        if not isinstance(value, ObjectValueNode):
            return False
        given = {field.name.value: field.value for field in value.fields}
        return any(
            self.hides(definition.inputs[name])
            or self._uses_hidden(item, definition.inputs[name].type)
            for name, item in given.items()
            if name in definition.inputs
        )

    def _implements(
        self, definition: TypeDefinition, interface: TypeDefinition
    ) -> Iterator[CompositionError]:
        for name, promised in interface.fields.items():
            found = definition.fields.get(name)
            if found is None or self.hides(promised):
                continue
            where = f"{definition.name}.{name}"
            if self.hides(found):
                yield self._broken(where, f"{interface.name}.{name}")
                continue
            for argument in found.arguments.values():
                asked = promised.arguments.get(argument.name)
                if asked is not None and self.hides(argument) and not self.hides(asked):
                    place = f"{interface.name}.{name}({argument.name}:)"
                    yield self._broken(f"{where}({argument.name}:)", place)

    def _broken(self, where: str, promised: str) -> CompositionError:
        text = f'it is @inaccessible, but clients can see "{promised}", which it implements'
        return _error("IMPLEMENTED_BY_INACCESSIBLE", where, text)
