"""One subgraph as read: what the rules judge and the merge puts together."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from supergraph.compose.field_use import Usage, read_usage
from supergraph.compose.schema import Applied, DirectiveDefinition, Field, TypeDefinition
from supergraph.federation.link import Link
from supergraph.federation.version import FEDERATION_1, Version
from supergraph.model.supergraph import Kind

ROOTS = ("Query", "Mutation", "Subscription")


@dataclass(frozen=True, slots=True)
class SubgraphSource:
    """The SDL of one subgraph and where it answers.

    Attributes:
        name: unique among the subgraphs, without regard to case.
        url: may be empty; the router's configuration can replace it.
        sdl: with or without the machinery (`_entities`, `_service`) that servers print.
    """

    name: str
    url: str
    sdl: str


@dataclass(frozen=True)
class Subgraph:
    """A subgraph in the words of the specification.

    Attributes:
        id: the value of the enum `join__Graph`.
        version: of federation; 1.0 where the schema links none.
        types: by name, root types renamed to Query, Mutation and Subscription, federation's own
            machinery left out.
        directives: the definitions that the schema itself has, by the name in the schema.
        links: what it links, in the order written.
        local_names: what the schema calls the specifications' directives, by canonical name.
        on_schema: what is applied to the schema itself.
        composed: what @composeDirective names, as written.
    """

    name: str
    id: str
    url: str
    version: Version
    types: Mapping[str, TypeDefinition]
    directives: Mapping[str, DirectiveDefinition] = field(
        default_factory=dict[str, DirectiveDefinition]
    )
    links: Sequence[Link] = ()
    local_names: Mapping[str, str] = field(default_factory=dict[str, str])
    on_schema: tuple[Applied, ...] = ()
    composed: tuple[str, ...] = ()

    @property
    def is_federation_1(self) -> bool:
        """Whether the rules of federation 1 hold: everything shareable, extensions by `extend`."""
        return self.version == FEDERATION_1

    @cached_property
    def usage(self) -> Usage:
        """Which fields the field sets of this subgraph name."""
        return read_usage(self.types)

    @cached_property
    def implementations(self) -> Mapping[str, tuple[str, ...]]:
        """`implementations[abstract type]`: the object types that it can be here."""
        found: dict[str, list[str]] = {
            name: list(item.members) for name, item in self.types.items() if item.kind is Kind.UNION
        }
        for name, item in self.types.items():
            for interface in item.interfaces if item.kind is Kind.OBJECT else ():
                found.setdefault(interface, []).append(name)
        return {name: tuple(names) for name, names in found.items()}

    def runtime_types(self, name: str) -> tuple[str, ...]:
        """The object types that a value of this type can have here."""
        definition = self.types.get(name)
        if definition is not None and definition.kind is Kind.OBJECT:
            return (name,)
        return self.implementations.get(name, ())

    def field(self, type_name: str, field_name: str) -> Field | None:
        """A field of an object or interface type."""
        definition = self.types.get(type_name)
        return definition.fields.get(field_name) if definition else None

    def is_external(self, type_name: str, field_name: str) -> bool:
        """Whether the subgraph only names the field.

        The key of a type that is only extended is known there: @external on it, a habit from
        federation 1, says no more than that another subgraph has the type too.
        """
        definition = self.types[type_name]
        found = definition.fields[field_name]
        is_key_of_extension = definition.is_extension and (type_name, field_name) in self.usage.keys
        is_marked = found.has("external") or definition.has("external")
        return is_marked and not is_key_of_extension

    def is_shareable(self, type_name: str, field_name: str) -> bool:
        """Whether other subgraphs may resolve the field too."""
        definition = self.types[type_name]
        return (
            self.is_federation_1
            or definition.fields[field_name].has("shareable")
            or definition.has("shareable")
            or (type_name, field_name) in self.usage.keys
            or (type_name, field_name) in self.usage.provided
        )

    def resolves(self, type_name: str, field_name: str) -> bool:
        """Whether the subgraph can answer the field, at least below some @provides."""
        return (
            not self.is_external(type_name, field_name)
            or (type_name, field_name) in self.usage.provided
        )

    def where(self, *parts: str) -> str:
        """A coordinate for a diagnostic, for example `[tweets] Tweet.author`."""
        return f"[{self.name}] {'.'.join(parts)}"


def graph_ids(names: Sequence[str]) -> dict[str, str]:
    """`join__Graph` values for subgraph names: upper case, digits and underscores, all distinct."""
    wanted = {name: _graph_id(name) for name in names}
    taken: dict[str, list[str]] = {}
    for name, graph_id in wanted.items():
        taken.setdefault(graph_id, []).append(name)
    return {
        name: graph_id if len(same) == 1 else f"{graph_id}_{index}"
        for graph_id, same in taken.items()
        for index, name in enumerate(same, start=1)
    }


def _graph_id(name: str) -> str:
    text = re.sub(r"\W", "_", name, flags=re.ASCII).upper()
    text = f"_{text}" if text[:1].isdigit() else text
    # A trailing `_1` is what tells apart names that would be equal.
    return f"{text}_" if re.search(r"_\d+$", text) else text
