"""Specifications whose directives stand in the supergraph, and under which names.

A specification is linked where any subgraph applies one of its directives; then all of its
directives are defined, as the other composers do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from supergraph.compose.composed import Composed, ComposedFeature, composed_features, import_text
from supergraph.compose.schema import Applied, Element
from supergraph.compose.subgraph import Subgraph


@dataclass(frozen=True, slots=True)
class Feature:
    """A specification that federation's directives belong to once they are in a supergraph.

    Attributes:
        directives: `(name, definition without its name)`.
        scalars: types of its own that the definitions use, without the namespace.
    """

    name: str
    version: str
    purpose: str | None
    directives: tuple[tuple[str, str], ...]
    scalars: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """What the supergraph links."""
        return f"https://specs.apollo.dev/{self.name}/{self.version}"

    def default_name(self, directive: str) -> str:
        """The directive's name in a schema that does not import it."""
        return directive if directive == self.name else f"{self.name}__{directive}"


_ACCESS = " on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
_ANYWHERE = (
    " on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM"
    " | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION"
)
_COST = (
    "(weight: Int!) on ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION"
    " | OBJECT | SCALAR"
)
_LIST_SIZE = (
    "(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!],"
    " requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION"
)
_SCOPES = f"(scopes: [[requiresScopes__Scope!]!]!){_ACCESS}"
_POLICIES = f"(policies: [[policy__Policy!]!]!){_ACCESS}"
_TAG = f"(name: String!) repeatable{_ANYWHERE} | SCHEMA"

FEATURES = (
    Feature("tag", "v0.3", None, (("tag", _TAG),)),
    Feature("inaccessible", "v0.2", "SECURITY", (("inaccessible", _ANYWHERE),)),
    Feature("authenticated", "v0.1", "SECURITY", (("authenticated", _ACCESS),)),
    Feature("requiresScopes", "v0.1", "SECURITY", (("requiresScopes", _SCOPES),), ("Scope",)),
    Feature("policy", "v0.1", "SECURITY", (("policy", _POLICIES),), ("Policy",)),
    Feature("cost", "v0.1", None, (("cost", _COST), ("listSize", _LIST_SIZE))),
)


@dataclass(frozen=True, slots=True)
class Features:
    """The specifications in use.

    Attributes:
        names: `names[canonical directive name]`: its name in the supergraph, for the directives
            of every specification in use.
        composed: specifications that only subgraphs know, whose directives @composeDirective names.
    """

    used: tuple[Feature, ...]
    names: Mapping[str, str]
    composed: tuple[ComposedFeature, ...] = ()

    def composed_directives(self) -> Iterator[Composed]:
        """Every directive that @composeDirective brings."""
        for feature in self.composed:
            yield from feature.directives

    def definitions(self) -> str:
        """The definitions of every directive in use, as GraphQL text."""
        return "\n".join(line for feature in self.used for line in self._definitions(feature))

    def _definitions(self, feature: Feature) -> Iterator[str]:
        for directive, definition in feature.directives:
            yield f"directive @{self.names[directive]}{definition}"
        yield from (f"scalar {feature.name}__{scalar}" for scalar in feature.scalars)

    def links(self) -> Iterator[str]:
        """The applications of @link for them, as GraphQL text."""
        for feature in self.used:
            purpose = f", for: {feature.purpose}" if feature.purpose else ""
            imports = ", ".join(self._imports(feature))
            imports = f", import: [{imports}]" if imports else ""
            yield f'@link(url: "{feature.url}"{purpose}{imports})'
        for feature in self.composed:
            yield feature.link()

    def _imports(self, feature: Feature) -> Iterator[str]:
        for directive, _ in feature.directives:
            name = self.names[directive]
            if name != feature.default_name(directive):
                yield import_text(directive, name)


def read_features(subgraphs: Sequence[Subgraph]) -> Features:
    """Find the specifications in use and the name that each directive gets."""
    local = _local_names(subgraphs)
    used = tuple(f for f in FEATURES if any(name in local for name, _ in f.directives))
    names = {
        directive: local.get(directive, feature.default_name(directive))
        for feature in used
        for directive, _ in feature.directives
    }
    return Features(used, names, composed_features(subgraphs))


def _local_names(subgraphs: Sequence[Subgraph]) -> dict[str, str]:
    """Names of the directives that are applied, as the first subgraph that applies one has it."""
    found: dict[str, str] = {}
    for subgraph in subgraphs:
        for directive in applications(subgraph):
            if directive.name in subgraph.local_names:
                found.setdefault(directive.name, subgraph.local_names[directive.name])
    return found


def applications(subgraph: Subgraph) -> Iterator[Applied]:
    """Every directive that a subgraph applies to its types, and all that is in them."""
    yield from subgraph.on_schema
    for directive in subgraph.directives.values():
        for argument in directive.arguments.values():
            yield from argument.directives
    for definition in subgraph.types.values():
        yield from definition.directives
        parts: list[Element] = [*definition.inputs.values(), *definition.values.values()]
        for field in definition.fields.values():
            parts += [field, *field.arguments.values()]
        for part in parts:
            yield from part.directives
