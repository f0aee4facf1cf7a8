"""Every rule of composition, under the stage that it judges.

A rule reads and reports; it changes nothing, so the order of rules only orders the report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from supergraph.compose.diagnostics import Diagnostic
from supergraph.compose.merge import Merged
from supergraph.compose.rules.access_on_interface import access_on_interface
from supergraph.compose.rules.compose_directive import compose_directive, composed_alike
from supergraph.compose.rules.cost import cost
from supergraph.compose.rules.directive_names import directive_names
from supergraph.compose.rules.directives_on_external import directives_on_external
from supergraph.compose.rules.extensions import extensions
from supergraph.compose.rules.external_unused import external_unused
from supergraph.compose.rules.field_sharing import field_sharing
from supergraph.compose.rules.inaccessible import inaccessible
from supergraph.compose.rules.interface_implementations import interface_implementations
from supergraph.compose.rules.interface_keys import interface_key_types, interface_keys
from supergraph.compose.rules.interface_object import interface_object
from supergraph.compose.rules.key_fields import key_fields
from supergraph.compose.rules.list_size import list_size
from supergraph.compose.rules.override import override
from supergraph.compose.rules.provides_fields import provides_fields
from supergraph.compose.rules.queries import queries
from supergraph.compose.rules.requires_fields import requires_fields
from supergraph.compose.rules.runtime_types import runtime_types
from supergraph.compose.rules.shareable_usage import shareable_usage
from supergraph.compose.rules.transitive_access import transitive_access
from supergraph.compose.subgraph import Subgraph

# About one subgraph by itself.
SUBGRAPH_RULES: Sequence[Callable[[Subgraph], Iterator[Diagnostic]]] = (
    key_fields,
    provides_fields,
    requires_fields,
    external_unused,
    shareable_usage,
    interface_object,
    interface_keys,
    access_on_interface,
    cost,
    list_size,
    compose_directive,
)

# About all subgraphs together.
FEDERATION_RULES: Sequence[Callable[[Sequence[Subgraph]], Iterator[Diagnostic]]] = (
    directive_names,
    queries,
    extensions,
    override,
    field_sharing,
    interface_key_types,
    directives_on_external,
    composed_alike,
)

# About the merged schema.
SUPERGRAPH_RULES: Sequence[Callable[[Merged], Iterator[Diagnostic]]] = (
    interface_implementations,
    runtime_types,
    inaccessible,
    transitive_access,
)


def judge_subgraphs(subgraphs: Sequence[Subgraph]) -> Iterator[Diagnostic]:
    """What each subgraph does wrong by itself."""
    for subgraph in subgraphs:
        for rule in SUBGRAPH_RULES:
            yield from rule(subgraph)


def judge_federation(subgraphs: Sequence[Subgraph]) -> Iterator[Diagnostic]:
    """What does not fit between the subgraphs."""
    for rule in FEDERATION_RULES:
        yield from rule(subgraphs)


def judge_supergraph(merged: Merged) -> Iterator[Diagnostic]:
    """What is wrong with the schema that they make together."""
    for rule in SUPERGRAPH_RULES:
        yield from rule(merged)
