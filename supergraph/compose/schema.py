"""One schema as values: what a subgraph has, and what the merge makes of several.

Types are kept as GraphQL text (`[Int!]!`), values and directive arguments as syntax nodes without
locations, so that two of them are equal exactly when they mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import print_ast
from graphql.language import BooleanValueNode, StringValueNode, ValueNode

from supergraph.model.supergraph import Kind


@dataclass(frozen=True, slots=True)
class Applied:
    """One application of a directive.

    Attributes:
        name: of a federation directive the specification's name, whatever the subgraph calls it;
            of any other the name in the schema.
    """

    name: str
    arguments: Mapping[str, ValueNode] = field(default_factory=dict[str, ValueNode])

    def __str__(self) -> str:
        """The application as GraphQL text."""
        arguments = ", ".join(
            f"{name}: {print_ast(value)}" for name, value in self.arguments.items()
        )
        return f"@{self.name}({arguments})" if arguments else f"@{self.name}"

    def text(self, argument: str) -> str | None:
        """A string argument, or `None` where it is missing or no string."""
        value = self.arguments.get(argument)
        return value.value if isinstance(value, StringValueNode) else None

    def flag(self, argument: str, default: bool) -> bool:
        """A Boolean argument, or its default where it is missing or no Boolean."""
        value = self.arguments.get(argument)
        return value.value if isinstance(value, BooleanValueNode) else default


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What everything in a schema has."""

    name: str
    description: str | None = None
    directives: tuple[Applied, ...] = ()

    def applied(self, name: str) -> Iterator[Applied]:
        """The applications of one directive, in order."""
        return (directive for directive in self.directives if directive.name == name)

    def has(self, name: str) -> bool:
        """Whether the directive is applied."""
        return any(directive.name == name for directive in self.directives)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputValue(Element):
    """An argument or an input field."""

    type: str
    default: ValueNode | None = None

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""
        return self.type.endswith("!") and self.default is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(Element):
    """A field of an object or interface type."""

    type: str
    arguments: Mapping[str, InputValue] = field(default_factory=dict[str, InputValue])


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumValue(Element):
    """A value of an enum type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDefinition(Element):
    """A type with all its extensions in one.

    Attributes:
        fields: of objects and interfaces.
        inputs: the fields of input types.
        is_extension: the schema only extends it.
    """

    kind: Kind
    fields: Mapping[str, Field] = field(default_factory=dict[str, Field])
    inputs: Mapping[str, InputValue] = field(default_factory=dict[str, InputValue])
    interfaces: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    values: Mapping[str, EnumValue] = field(default_factory=dict[str, EnumValue])
    is_extension: bool = False

    @property
    def is_composite(self) -> bool:
        """Whether a selection set can stand on it."""
        return self.kind in {Kind.OBJECT, Kind.INTERFACE, Kind.UNION}

    @property
    def is_input(self) -> bool:
        """Whether it can only be passed in."""
        return self.kind is Kind.INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveDefinition(Element):
    """The definition of a directive.

    Attributes:
        locations: where it may stand, as GraphQL names them.
    """

    locations: tuple[str, ...]
    arguments: Mapping[str, InputValue] = field(default_factory=dict[str, InputValue])
    is_repeatable: bool = False


EXECUTABLE_LOCATIONS = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)


# GraphQL defines these itself.
STANDARD_DIRECTIVES = ("deprecated", "specifiedBy", "oneOf")


def canonical_own(name: str) -> str:
    """What tells a directive apart that no specification of federation defines: its `@`."""
    return name if name in STANDARD_DIRECTIVES else f"@{name}"


def named_type(type_text: str) -> str:
    """The name inside lists and non-nulls."""
    return type_text.strip("[]!")


def nullable(type_text: str) -> str:
    """The type without an outer non-null."""
    return type_text.removesuffix("!")


def is_list(type_text: str) -> bool:
    """Whether the outer type, non-null aside, is a list."""
    return type_text.startswith("[")


def item_type(type_text: str) -> str:
    """The type of the items of a list type."""
    return nullable(type_text)[1:-1]
