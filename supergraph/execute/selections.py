"""Which fields a selection asks of an object of a given type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import GraphQLSchema, is_abstract_type, is_interface_type, is_object_type, parse
from graphql.language import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)


@dataclass(frozen=True, slots=True)
class TypeConditions:
    """Answers whether an object of one type passes a type condition."""

    schema: GraphQLSchema

    def hold(self, condition: str, type_name: str | None) -> bool:
        """Whether `type_name` is `condition` or one of its members; an unknown type passes."""
        if type_name is None or condition == type_name:
            return True
        abstract = self.schema.type_map.get(condition)
        type_ = self.schema.type_map.get(type_name)
        return (
            is_abstract_type(abstract)
            and (is_object_type(type_) or is_interface_type(type_))
            and self.schema.is_sub_type(abstract, type_)
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """What selections refer to: fragments, variables, types."""

    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    conditions: TypeConditions

    def collect(
        self, sets: Iterable[SelectionSetNode], type_name: str | None
    ) -> dict[str, list[FieldNode]]:
        """Group the fields that apply to an object of a type by response key, in order asked.

        Without a type name, fields under every type condition are taken.
        """
        fields: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for selection_set in sets:
            for node in self._fields(selection_set, type_name, spread):
                fields.setdefault(response_key(node), []).append(node)
        return fields

    def _fields(
        self, selection_set: SelectionSetNode, type_name: str | None, spread: set[str]
    ) -> Iterator[FieldNode]:
        for selection in selection_set.selections:
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                yield selection
            elif (fragment := self._fragment(selection, spread)) is not None and (
                fragment.type_condition is None
                or self.conditions.hold(fragment.type_condition.name.value, type_name)
            ):
                yield from self._fields(fragment.selection_set, type_name, spread)

    def _fragment(
        self, selection: SelectionNode, spread: set[str]
    ) -> InlineFragmentNode | FragmentDefinitionNode | None:
        if isinstance(selection, InlineFragmentNode):
            return selection
        if not isinstance(selection, FragmentSpreadNode) or selection.name.value in spread:
            return None
        spread.add(selection.name.value)
        return self.fragments.get(selection.name.value)

    def _included(self, selection: SelectionNode) -> bool:
        return all(
            self._condition(directive) == (directive.name.value == "include")
            for directive in selection.directives or ()
            if directive.name.value in {"skip", "include"}
        )

    def _condition(self, directive: DirectiveNode) -> bool:
        value = next((argument.value for argument in directive.arguments or ()), None)
        if isinstance(value, VariableNode):
            return bool(self.variables.get(value.name.value))
        return isinstance(value, BooleanValueNode) and value.value


def response_key(node: FieldNode) -> str:
    """The key under which a field's value stands in the answer."""
    return node.alias.value if node.alias else node.name.value


def selection_sets(nodes: Iterable[FieldNode]) -> tuple[SelectionSetNode, ...]:
    """The selection sets below fields that share a response key."""
    return tuple(node.selection_set for node in nodes if node.selection_set)


@lru_cache(maxsize=2048)
def parse_fetch(text: str) -> tuple[SelectionSetNode, Mapping[str, FragmentDefinitionNode]]:
    """The root selection set and the fragments of a fetch's operation text."""
    definitions = parse(text, no_location=True).definitions
    operation = next(d for d in definitions if isinstance(d, OperationDefinitionNode))
    fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
    return operation.selection_set, fragments
