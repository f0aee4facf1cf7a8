"""What a schema calls the elements of the specifications that it links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql.language import (
    DefinitionNode,
    DirectiveDefinitionNode,
    DocumentNode,
    ScalarTypeDefinitionNode,
)

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.schema import canonical_own
from supergraph.federation.directives import (
    FederationDirective,
    federation_directives,
    federation_types,
)
from supergraph.federation.link import (
    FEDERATION,
    LINK,
    ImportRenamed,
    Link,
    LinkIdentifierInvalid,
    LinkInvalid,
    read_links,
)
from supergraph.federation.version import EARLIEST, FEDERATION_1, NEWEST, Version

# Specifications that a schema can link by themselves, and which of our directives they define.
CORE_FEATURES: Mapping[str, tuple[str, ...]] = {
    "https://specs.apollo.dev/tag": ("tag",),
    "https://specs.apollo.dev/inaccessible": ("inaccessible",),
    "https://specs.apollo.dev/cost": ("cost", "listSize"),
    "https://specs.apollo.dev/authenticated": ("authenticated",),
    "https://specs.apollo.dev/requiresScopes": ("requiresScopes",),
    "https://specs.apollo.dev/policy": ("policy",),
}


@dataclass(frozen=True, slots=True)
class Names:
    """The vocabulary of one schema.

    Attributes:
        directives: `directives[name in the schema]`: the specification's directive.
        types: names in the schema of the scalars and enums that belong to specifications, with
            the kind of each (`scalar` or `enum`).
        link: the schema's name for @link itself.
    """

    version: Version
    links: tuple[Link, ...]
    directives: Mapping[str, FederationDirective]
    types: Mapping[str, str]
    link: str

    def canonical(self, name: str) -> str:
        """The specification's name of a directive; any other keeps an `@` to tell it apart."""
        if name in self.directives:
            return self.directives[name].name
        return canonical_own(name)

    def is_own(self, name: str) -> bool:
        """Whether a directive means something to this subgraph only, unless it is composed."""
        return name not in {*self.directives, "deprecated", "specifiedBy"}


def read_names(document: DocumentNode, subgraph: str) -> Names | list[CompositionError]:
    """Resolve every @link of a schema, or say why that is not possible."""
    try:
        links = read_links(document)
    except LinkIdentifierInvalid as error:
        return [_error("INVALID_LINK_IDENTIFIER", str(error), subgraph)]
    except ImportRenamed as error:
        return [_error("LINK_IMPORT_NAME_MISMATCH", str(error), subgraph)]
    except LinkInvalid as error:
        return [_error("INVALID_LINK_DIRECTIVE_USAGE", str(error), subgraph)]
    return list(_problems(links, subgraph)) or _names(links, document)


def _names(links: tuple[Link, ...], document: DocumentNode) -> Names:
    version = next((_version(link) for link in links if link.identity == FEDERATION), FEDERATION_1)
    link = next((link for link in links if link.identity == LINK), None)
    link_name = link.directive_name("link") if link else "link"
    own = {d.name.value for d in document.definitions if isinstance(d, DirectiveDefinitionNode)}
    directives = {
        name: directive for name, directive in _directives(links, version, own) if name != link_name
    }
    types = _types(links, version)
    if version == FEDERATION_1 and any(_is_field_set(d) for d in document.definitions):
        types["_FieldSet"] = "scalar"
    return Names(version, links, directives, types, link_name)


def _is_field_set(definition: DefinitionNode) -> bool:
    """Federation 1 has this scalar only where the schema defines it."""
    return isinstance(definition, ScalarTypeDefinitionNode) and definition.name.value == "_FieldSet"


def _directives(
    links: tuple[Link, ...], version: Version, own: set[str]
) -> Iterator[tuple[str, FederationDirective]]:
    """A schema without links knows federation 1, and of federation 2 what it defines itself."""
    if version == FEDERATION_1:
        later = federation_directives(EARLIEST)
        yield from ((name, later[name]) for name in sorted(own & later.keys()))
        yield from federation_directives(FEDERATION_1).items()
    for link in links:
        for name in _defined_by(link, version):
            yield (
                link.directive_name(name),
                federation_directives(NEWEST)[name]
                if (link.identity != FEDERATION)
                else federation_directives(version)[name],
            )


def _defined_by(link: Link, version: Version) -> Sequence[str]:
    if link.identity == FEDERATION:
        return tuple(federation_directives(version))
    return CORE_FEATURES.get(link.identity, ())


def _types(links: tuple[Link, ...], version: Version) -> dict[str, str]:
    link = next((link for link in links if link.identity == LINK), Link("", LINK, "link"))
    types = {link.type_name("Import"): "scalar", link.type_name("Purpose"): "enum"}
    for item in links:
        if item.identity == FEDERATION:
            types |= {item.type_name(name): "scalar" for name in federation_types(version)}
        elif item.identity in CORE_FEATURES:
            types |= {item.type_name(name): "scalar" for name in ("Scope", "Policy")}
    return types


def _version(link: Link) -> Version:
    return link.version or NEWEST


def _problems(links: tuple[Link, ...], subgraph: str) -> Iterator[CompositionError]:
    seen: set[str] = set()
    for link in links:
        if link.identity in seen:
            text = f'"{link.identity}" is linked twice'
            yield _error("INVALID_LINK_DIRECTIVE_USAGE", text, subgraph)
        seen.add(link.identity)
        if link.identity == FEDERATION:
            yield from _federation_problems(link, subgraph)
        elif link.identity == LINK and link.version != Version(1, 0):
            yield _error("UNKNOWN_LINK_VERSION", f"unknown version {link.version}", subgraph)


def _federation_problems(link: Link, subgraph: str) -> Iterator[CompositionError]:
    if link.version is None or not EARLIEST <= link.version <= NEWEST:
        text = f"version {link.version} of federation is not between {EARLIEST} and {NEWEST}"
        yield _error("UNKNOWN_FEDERATION_LINK_VERSION", text, subgraph)
        return
    known = {f"@{name}" for name in federation_directives(link.version)}
    for item in link.imports:
        if item.name not in known | federation_types(link.version):
            text = f'cannot import unknown element "{item.name}" of federation {link.version}'
            yield _error("INVALID_LINK_DIRECTIVE_USAGE", text, subgraph)


def _error(code: str, message: str, subgraph: str) -> CompositionError:
    return CompositionError(code, f"[{subgraph}] {message}", (f"[{subgraph}] schema",))
