"""Put the subgraphs together into one schema that says which of them has what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from supergraph.compose.diagnostics import Diagnostic
from supergraph.compose.merge.access import pass_to_interfaces
from supergraph.compose.merge.context import Merging, Source
from supergraph.compose.merge.definitions import merge_definitions
from supergraph.compose.merge.directives import merge_directives, ways_of
from supergraph.compose.merge.enums import merge_enum
from supergraph.compose.merge.features import Features, read_features
from supergraph.compose.merge.inputs import merge_input
from supergraph.compose.merge.interface_objects import give_to_implementations, kind_of
from supergraph.compose.merge.interfaces import merge_interface
from supergraph.compose.merge.objects import merge_object
from supergraph.compose.merge.scalars import merge_scalar
from supergraph.compose.merge.unions import merge_union
from supergraph.compose.schema import Applied, DirectiveDefinition, Element, TypeDefinition
from supergraph.compose.subgraph import Subgraph
from supergraph.federation.version import FEDERATION_1, Version
from supergraph.model.supergraph import Kind

MergeKind = Callable[[Sequence[Source[TypeDefinition]], Merging], TypeDefinition]

KINDS: Mapping[Kind, MergeKind] = {
    Kind.OBJECT: merge_object,
    Kind.INTERFACE: merge_interface,
    Kind.UNION: merge_union,
    Kind.ENUM: merge_enum,
    Kind.INPUT: merge_input,
    Kind.SCALAR: merge_scalar,
}


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged schema, complete but not yet checked or printed.

    Attributes:
        types: by name, with `@join__*` and carried directives applied.
        directives: definitions that clients may use, and those that @composeDirective brings.
        on_schema: what is applied to the schema itself.
        features: the specifications that carried directives belong to.
        version: the newest version of federation that a subgraph links.
        found: errors and hints of the merge; with any error the types are not to be used.
    """

    subgraphs: Sequence[Subgraph]
    types: Mapping[str, TypeDefinition]
    directives: Sequence[DirectiveDefinition]
    on_schema: Sequence[Applied]
    features: Features
    version: Version
    found: Sequence[Diagnostic]


def merge(subgraphs: Sequence[Subgraph]) -> Merged:
    """Merge subgraphs; of none there is nothing to merge, which a rule reports."""
    features = read_features(subgraphs)
    merging = Merging(subgraphs, features, ways_of(features))
    names = dict.fromkeys(name for subgraph in subgraphs for name in subgraph.types)
    parts = {name: _merge_type(name, merging) for name in names}
    types = {name: item for name, item in parts.items() if item is not None}
    return Merged(
        subgraphs=subgraphs,
        types=pass_to_interfaces(give_to_implementations(types, merging), merging.features.names),
        directives=merge_definitions(merging),
        on_schema=merge_directives(_schemas(subgraphs), merging, "schema"),
        features=merging.features,
        version=max((subgraph.version for subgraph in subgraphs), default=FEDERATION_1),
        found=merging.found,
    )


def _schemas(subgraphs: Sequence[Subgraph]) -> list[Element]:
    return [Element(name="schema", directives=subgraph.on_schema) for subgraph in subgraphs]


def _merge_type(name: str, merging: Merging) -> TypeDefinition | None:
    sources = merging.sources(name)
    kind = kind_of(sources, merging)
    return KINDS[kind](sources, merging) if kind else None
