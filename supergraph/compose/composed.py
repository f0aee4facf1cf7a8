"""Directives of the subgraphs' own that the supergraph carries, since @composeDirective names them.

Each belongs to a specification that the subgraph links; the supergraph links it too. Of several
versions of it the newest counts, of equally new ones the last subgraph's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supergraph.compose.schema import DirectiveDefinition
from supergraph.compose.subgraph import Subgraph
from supergraph.federation.link import FEDERATION, LINK, Link
from supergraph.federation.version import Version


@dataclass(frozen=True, slots=True)
class Composed:
    """One such directive of one subgraph.

    Attributes:
        name: the specification's.
        link: of the specification.
        definition: under the subgraph's name for it.
    """

    subgraph: str
    name: str
    link: Link
    definition: DirectiveDefinition

    @property
    def version(self) -> Version:
        """Of the specification, in this subgraph."""
        return self.link.version or Version(0, 0)


@dataclass(frozen=True, slots=True)
class ComposedFeature:
    """A specification with the directives of it that are composed, newest version first."""

    url: str
    directives: tuple[Composed, ...]

    def link(self) -> str:
        """The application of @link for it, as GraphQL text."""
        imports = ", ".join(import_text(one.name, one.definition.name) for one in self.directives)
        return f'@link(url: "{self.url}", import: [{imports}])'


def import_text(name: str, local: str) -> str:
    """One directive in the imports of a @link."""
    return f'"@{name}"' if name == local else f'{{name: "@{name}", as: "@{local}"}}'


def composed_features(subgraphs: Sequence[Subgraph]) -> tuple[ComposedFeature, ...]:
    """Every specification of which a directive is composed, in the order first met."""
    newest: dict[tuple[str, str], Composed] = {}
    links: dict[str, Composed] = {}
    for one in (one for subgraph in subgraphs for one in composed_of(subgraph)):
        identity = one.link.identity
        links[identity] = max(one, links.get(identity, one), key=lambda item: item.version)
        key = (identity, one.definition.name)
        newest[key] = max(one, newest.get(key, one), key=lambda item: item.version)
    return tuple(
        ComposedFeature(
            latest.link.url,
            tuple(one for (of, _), one in newest.items() if of == identity),
        )
        for identity, latest in links.items()
    )


def composed_of(subgraph: Subgraph) -> Iterator[Composed]:
    """What a subgraph composes, as far as it is defined and belongs to a linked specification."""
    for written in subgraph.composed:
        definition = subgraph.directives.get(written.removeprefix("@"))
        found = origin(written, subgraph)
        if definition is not None and found is not None:
            link, name = found
            yield Composed(subgraph.name, name, link, definition)


def origin(written: str, subgraph: Subgraph) -> tuple[Link, str] | None:
    """The linked specification that a directive belongs to, and its name there."""
    local = written.removeprefix("@")
    links = [link for link in subgraph.links if link.identity not in {FEDERATION, LINK}]
    for link in links:
        for item in link.imports:
            if item.alias == f"@{local}":
                return link, item.name.removeprefix("@")
    for link in links:
        if local == link.namespace:
            return link, link.name
        if local.startswith(f"{link.namespace}__"):
            return link, local.removeprefix(f"{link.namespace}__")
    return None
