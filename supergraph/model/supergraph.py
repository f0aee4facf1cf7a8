"""The supergraph as values, read from any composer's supergraph SDL by `read_sdl`.

Nothing here computes; the query graph, the planner and the executor read these values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from graphql import GraphQLSchema

from supergraph.federation.field_set import FieldSet
from supergraph.model.alternatives import Alternatives


class SupergraphInvalid(ValueError):
    """The text is not a supergraph that this router can serve."""


class Kind(Enum):
    """The kind of a merged type."""

    OBJECT = "OBJECT"
    INTERFACE = "INTERFACE"
    UNION = "UNION"
    ENUM = "ENUM"
    INPUT = "INPUT_OBJECT"
    SCALAR = "SCALAR"


@dataclass(frozen=True, slots=True)
class Graph:
    """One subgraph as the supergraph names it.

    Attributes:
        id: the value of the enum `join__Graph`, for example `TWEETS`.
        name: the subgraph's own name, for example `tweets`.
        url: where it answers; the router's configuration may replace it.
    """

    id: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Key:
    """One @key of a type in one subgraph."""

    fields: FieldSet
    resolvable: bool = True


@dataclass(frozen=True, slots=True)
class TypeJoin:
    """How one subgraph has a type: all its `@join__type` applications of one graph in one value."""

    graph: str
    keys: tuple[Key, ...] = ()
    extension: bool = False
    is_interface_object: bool = False


@dataclass(frozen=True, slots=True)
class FieldJoin:
    """How one subgraph has a field: one `@join__field` application, defaults made explicit.

    A field without any `@join__field` is in every subgraph that has its type; `read_sdl` writes
    that out, so that readers never need the rule.

    Attributes:
        type: the field's type in this subgraph as text, where it differs from the merged one.
        external: the subgraph only names it; it resolves it only below a `@provides` or a key.
        requires: what must be sent along with a key before the subgraph can resolve the field.
        provides: what the subgraph can resolve below this field although it is external there.
        override: name of the subgraph that this one takes the field from.
        override_label: `percent(n)` or a custom label: the override holds only where it is on.
        used_overridden: overridden, yet still needed there for a key, requires or interface.
    """

    graph: str
    type: str | None = None
    external: bool = False
    requires: FieldSet | None = None
    provides: FieldSet | None = None
    override: str | None = None
    override_label: str | None = None
    used_overridden: bool = False


@dataclass(frozen=True, slots=True)
class Access:
    """What a viewer needs to see a type or a field; all parts must hold.

    Attributes:
        authenticated: the viewer must be known.
        scopes: alternatives (OR) of sets (AND) of scopes; empty means no requirement.
        policies: alternatives (OR) of sets (AND) of policies; empty means no requirement.
    """

    authenticated: bool = False
    scopes: Alternatives = ()
    policies: Alternatives = ()

    @property
    def is_open(self) -> bool:
        """Whether anyone may see it."""
        return not (self.authenticated or self.scopes or self.policies)


@dataclass(frozen=True, slots=True)
class SupergraphField:
    """A field of an object or interface type, or an input field.

    Attributes:
        joins: `joins[graph id]`, only the subgraphs that have it.
    """

    name: str
    joins: Mapping[str, FieldJoin]
    inaccessible: bool = False
    access: Access = Access()


@dataclass(frozen=True, slots=True)
class SupergraphType:
    """A merged type and how each subgraph has it.

    Attributes:
        joins: `joins[graph id]`, only the subgraphs that have it.
        fields: by name; for objects, interfaces and inputs.
        interfaces: `interfaces[graph id]`: names that it implements in that subgraph.
        members: `members[graph id]`: a union's member names in that subgraph.
        values: `values[enum value]`: ids of the subgraphs that have it.
    """

    name: str
    kind: Kind
    joins: Mapping[str, TypeJoin]
    fields: Mapping[str, SupergraphField] = field(default_factory=dict[str, SupergraphField])
    interfaces: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    members: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    values: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    inaccessible: bool = False
    access: Access = Access()


@dataclass(frozen=True)
class Supergraph:
    """A whole supergraph.

    Attributes:
        schema: the merged schema with everything inaccessible still in it, and without the
            machinery (`join__*`, `link__*`). What clients see is `api_schema(supergraph)`.
        graphs: by id.
        types: by name, built-in scalars left out.
        sdl: the text it was read from.
    """

    schema: GraphQLSchema
    graphs: Mapping[str, Graph]
    types: Mapping[str, SupergraphType]
    sdl: str
