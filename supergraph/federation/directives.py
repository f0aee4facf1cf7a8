"""The directives of the federation specification: since which version, and how each is defined.

See https://specs.apollo.dev/federation/v2.12 and the older versions beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from graphql import parse
from graphql.language import DirectiveDefinitionNode

from supergraph.federation.version import Version


@dataclass(frozen=True, slots=True)
class FederationDirective:
    """A directive of the specification.

    Attributes:
        since: the first version that has it.
        definition: in canonical names; `FieldSet` and its like stand for the linked types.
    """

    name: str
    since: Version
    definition: DirectiveDefinitionNode


ACCESS_PLACES = "FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
TAG_PLACES = (
    "FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM"
    " | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
COST_PLACES = (
    "ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR"
)
LIST_SIZE = (
    "@listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],"
    " requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION"
)

# Federation 1 knows these without any link; a few later versions widened a definition.
_DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("v1.0", "@key(fields: FieldSet!) repeatable on OBJECT | INTERFACE"),
    (
        "v2.0",
        "@key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE",
    ),
    ("v1.0", "@requires(fields: FieldSet!) on FIELD_DEFINITION"),
    ("v1.0", "@provides(fields: FieldSet!) on FIELD_DEFINITION"),
    ("v1.0", "@external on OBJECT | FIELD_DEFINITION"),
    ("v2.0", "@external(reason: String) on OBJECT | FIELD_DEFINITION"),
    ("v1.0", "@extends on OBJECT | INTERFACE"),
    ("v1.0", f"@tag(name: String!) repeatable on {TAG_PLACES}"),
    ("v2.0", "@shareable on FIELD_DEFINITION | OBJECT"),
    ("v2.2", "@shareable repeatable on FIELD_DEFINITION | OBJECT"),
    ("v2.0", "@override(from: String!) on FIELD_DEFINITION"),
    ("v2.7", "@override(from: String!, label: String) on FIELD_DEFINITION"),
    ("v2.0", f"@inaccessible on {TAG_PLACES}"),
    ("v2.1", "@composeDirective(name: String!) repeatable on SCHEMA"),
    ("v2.3", "@interfaceObject on OBJECT"),
    ("v2.3", f"@tag(name: String!) repeatable on {TAG_PLACES} | SCHEMA"),
    ("v2.5", f"@authenticated on {ACCESS_PLACES}"),
    ("v2.5", f"@requiresScopes(scopes: [[Scope!]!]!) on {ACCESS_PLACES}"),
    ("v2.6", f"@policy(policies: [[Policy!]!]!) on {ACCESS_PLACES}"),
    ("v2.8", "@context(name: String!) repeatable on INTERFACE | OBJECT | UNION"),
    ("v2.8", "@fromContext(field: ContextFieldValue) on ARGUMENT_DEFINITION"),
    ("v2.9", f"@cost(weight: Int!) on {COST_PLACES}"),
    ("v2.9", LIST_SIZE),
    ("v2.12", "@cacheTag(format: String!) repeatable on OBJECT | FIELD_DEFINITION"),
)

_TYPES: tuple[tuple[str, str], ...] = (
    ("v1.0", "FieldSet"),
    ("v2.5", "Scope"),
    ("v2.6", "Policy"),
    ("v2.8", "ContextFieldValue"),
)


@cache
def federation_directives(version: Version) -> Mapping[str, FederationDirective]:
    """The directives that a subgraph of this federation version can use, by canonical name."""
    found: dict[str, FederationDirective] = {}
    for since, text in _DEFINITIONS:
        directive = _directive(since, text)
        if directive.since <= version:
            found[directive.name] = directive
    return found


@cache
def federation_types(version: Version) -> frozenset[str]:
    """The scalars that the definitions of this version use, by canonical name."""
    return frozenset(name for since, name in _TYPES if _version(since) <= version)


def _directive(since: str, text: str) -> FederationDirective:
    node = parse(f"directive {text}", no_location=True).definitions[0]
    if not isinstance(node, DirectiveDefinitionNode):
        raise TypeError(text)
    return FederationDirective(node.name.value, _version(since), node)


def _version(text: str) -> Version:
    major, minor = text.removeprefix("v").split(".")
    return Version(int(major), int(minor))
