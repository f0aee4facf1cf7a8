"""Merge the definitions of directives.

Clients may use executable ones that every subgraph has; those that @composeDirective names stand
as their newest version has them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from supergraph.compose.merge.context import Merging
from supergraph.compose.merge.descriptions import merge_description
from supergraph.compose.merge.directives import merge_directives
from supergraph.compose.merge.inputs import merge_arguments
from supergraph.compose.schema import EXECUTABLE_LOCATIONS, DirectiveDefinition

# GraphQL has these without a definition.
BUILT_IN = frozenset({"skip", "include", "deprecated", "specifiedBy", "oneOf", "defer", "stream"})


def merge_definitions(merging: Merging) -> list[DirectiveDefinition]:
    """Every definition that the supergraph has, but for those of federation's own directives."""
    composed = [
        _composed(one.definition, merging) for one in merging.features.composed_directives()
    ]
    return _executable(merging, BUILT_IN | {definition.name for definition in composed}) + composed


def _composed(definition: DirectiveDefinition, merging: Merging) -> DirectiveDefinition:
    """A definition with what the supergraph carries of the directives on its arguments."""
    arguments = {
        name: replace(
            argument,
            directives=merge_directives([argument], merging, f"@{definition.name}({name}:)"),
        )
        for name, argument in definition.arguments.items()
    }
    return replace(definition, arguments=arguments)


def _executable(merging: Merging, others: Collection[str]) -> list[DirectiveDefinition]:
    """Definitions with the places and arguments that all subgraphs agree on."""
    if not merging.subgraphs:
        return []
    names = [name for name in merging.subgraphs[0].directives if name not in others]
    merged = (_merge(name, merging) for name in names)
    return [definition for definition in merged if definition is not None]


def _merge(name: str, merging: Merging) -> DirectiveDefinition | None:
    parts = [s.directives[name] for s in merging.subgraphs if name in s.directives]
    if len(parts) < len(merging.subgraphs):
        return None
    locations = _locations(parts)
    if not locations:
        return None
    return replace(
        parts[0],
        description=merge_description(parts, merging, f"@{name}"),
        locations=locations,
        arguments=merge_arguments([part.arguments for part in parts], merging, f"@{name}"),
        is_repeatable=all(part.is_repeatable for part in parts),
    )


def _locations(parts: Sequence[DirectiveDefinition]) -> tuple[str, ...]:
    shared = EXECUTABLE_LOCATIONS.intersection(*(part.locations for part in parts))
    return tuple(place for place in parts[0].locations if place in shared)
