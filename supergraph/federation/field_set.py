"""Field sets: the selection strings inside @key, @requires and @provides.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/directives
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import GraphQLSyntaxError, parse, print_ast
from graphql.language import (
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
)


class FieldSetInvalid(ValueError):
    """The text is not a field set: not a selection, or one with spreads of named fragments."""


@dataclass(frozen=True, slots=True)
class FieldSelection:
    """One field of a field set: `alias: name(arguments) { selections }`.

    Attributes:
        arguments: `(name, value as GraphQL text)` in the order written.
        directives: each application as GraphQL text; composition refuses any.
    """

    name: str
    alias: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    selections: tuple[Selection, ...] = ()
    directives: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The selection as GraphQL text."""
        arguments = ", ".join(f"{name}: {value}" for name, value in self.arguments)
        head = f"{self.alias}: {self.name}" if self.alias else self.name
        head += f"({arguments})" if arguments else ""
        return f"{head} {{ {print_selections(self.selections)} }}" if self.selections else head


@dataclass(frozen=True, slots=True)
class TypeSelection:
    """An inline fragment of a field set: `... on type_name { selections }`."""

    type_name: str | None
    selections: tuple[Selection, ...]
    directives: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The fragment as GraphQL text."""
        condition = f" on {self.type_name}" if self.type_name else ""
        return f"...{condition} {{ {print_selections(self.selections)} }}"


Selection = FieldSelection | TypeSelection


@dataclass(frozen=True, slots=True)
class FieldSet:
    """A parsed field set. Equal selections in equal order make equal field sets."""

    selections: tuple[Selection, ...]

    def __str__(self) -> str:
        """The field set as GraphQL text, in one canonical spacing."""
        return print_selections(self.selections)


def print_selections(selections: Iterable[Selection]) -> str:
    """Print selections in one canonical spacing, without the outer braces."""
    return " ".join(str(selection) for selection in selections)


def parse_field_set(text: str) -> FieldSet:
    """Parse the text of a field set, with or without outer braces.

    Raises:
        FieldSetInvalid: the text is not a selection set, or spreads a named fragment.
    """
    body = text.strip()
    if not body.startswith("{"):
        body = f"{{{body}}}"
    try:
        document = parse(body, no_location=True)
    except GraphQLSyntaxError as error:
        raise FieldSetInvalid(error.message) from error
    definition = document.definitions[0]
    if len(document.definitions) != 1 or not isinstance(definition, OperationDefinitionNode):
        raise FieldSetInvalid(f"not one selection set: {text}")
    return FieldSet(_selections(definition.selection_set.selections))


def _selections(nodes: Iterable[SelectionNode]) -> tuple[Selection, ...]:
    return tuple(_selection(node) for node in nodes or ())


def _selection(node: SelectionNode) -> Selection:
    if isinstance(node, FieldNode):
        return FieldSelection(
            name=node.name.value,
            alias=node.alias.value if node.alias else None,
            arguments=tuple((a.name.value, print_ast(a.value)) for a in node.arguments or ()),
            selections=_selections(node.selection_set.selections) if node.selection_set else (),
            directives=_directives(node.directives),
        )
    if isinstance(node, InlineFragmentNode):
        return TypeSelection(
            type_name=node.type_condition.name.value if node.type_condition else None,
            selections=_selections(node.selection_set.selections),
            directives=_directives(node.directives),
        )
    name = node.name.value if isinstance(node, FragmentSpreadNode) else type(node).__name__
    raise FieldSetInvalid(f"fragment spread ...{name} is not allowed in a field set")


def _directives(nodes: Iterable[DirectiveNode] | None) -> tuple[str, ...]:
    return tuple(print_ast(node) for node in nodes or ())
