"""The features that a supergraph links: which specification each directive name stands for.

See https://specs.apollo.dev/link/v1.0/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import value_from_ast_untyped
from graphql.language import (
    ConstDirectiveNode,
    DocumentNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
)

from supergraph.model.supergraph import SupergraphInvalid

_URL = re.compile(r"^(?P<identity>.+/(?P<name>[^/]+))/v(?P<major>\d+)\.(?P<minor>\d+)/?$")
_APOLLO = "https://specs.apollo.dev/"
_JOIN = {(0, minor) for minor in range(1, 6)}
_SUPPORTED = {
    _APOLLO + "link": {(1, 0)},
    _APOLLO + "core": {(0, 1), (0, 2)},
    _APOLLO + "join": _JOIN,
    _APOLLO + "inaccessible": {(0, 1), (0, 2)},
    _APOLLO + "authenticated": {(0, 1)},
    _APOLLO + "requiresScopes": {(0, 1)},
    _APOLLO + "policy": {(0, 1)},
}


@dataclass(frozen=True, slots=True)
class Feature:
    """One linked specification.

    Attributes:
        identity: its URL without the version.
        name: the last part of the identity, for example `inaccessible`.
        version: major and minor.
        prefix: what its names begin with in this document; `name` unless `as:` renames it.
        imports: `imports[its own name] = the name here`, directives with their `@`.
        purpose: `SECURITY`, `EXECUTION`, or none where a router may ignore it.
    """

    identity: str
    name: str
    version: tuple[int, int]
    prefix: str
    imports: Mapping[str, str]
    purpose: str | None = None

    def directive(self, name: str) -> str:
        """The name in this document of the feature's directive `name`, without its `@`."""
        imported = self.imports.get(f"@{name}")
        if imported is not None:
            return imported.removeprefix("@")
        return self.prefix if name == self.name else f"{self.prefix}__{name}"


@dataclass(frozen=True, slots=True)
class Features:
    """All linked specifications of a supergraph.

    Attributes:
        by_name: Apollo's.
        others: those that only subgraphs know (`@composeDirective`).
    """

    by_name: Mapping[str, Feature] = field(default_factory=dict[str, Feature])
    others: tuple[Feature, ...] = ()

    def directive(self, feature: str, name: str | None = None) -> str | None:
        """The name in this document of a directive of Apollo's `feature`; `None` if not linked."""
        found = self.by_name.get(feature)
        return found.directive(name or feature) if found else None

    def is_composed(self, directive: str) -> bool:
        """Whether a directive came with @composeDirective: it means nothing to clients."""
        return any(
            directive == other.prefix
            or directive.startswith(f"{other.prefix}__")
            or f"@{directive}" in other.imports.values()
            for other in self.others
        )

    def prefixes(self) -> tuple[str, ...]:
        """What every machinery name begins with, for example `join__` and `link__`."""
        names = ("join", "link", "core")
        return tuple(f"{self.by_name[n].prefix}__" for n in names if n in self.by_name)

    def machinery_directives(self) -> frozenset[str]:
        """The linking directives themselves, as they are called here."""
        names = ("link", "core")
        return frozenset({self.by_name[n].prefix for n in names if n in self.by_name})


def read_features(document: DocumentNode) -> Features:
    """Read every @link (or @core) of the schema definition.

    Raises:
        SupergraphInvalid: a link cannot be read, or one that a router must understand (`for:
            SECURITY` or `EXECUTION`, or the join specification) is not known to this router.
    """
    links = [_feature(d) for d in _schema_directives(document) if _is_link(d)]
    apollo = {f.name: f for f in links if f.identity.startswith(_APOLLO)}
    for feature in links:
        _refuse_unknown(feature)
    if "join" not in apollo:
        raise SupergraphInvalid("The schema links no join specification: it is not a supergraph.")
    others = tuple(link for link in links if not link.identity.startswith(_APOLLO))
    return Features(apollo, others)


def _schema_directives(document: DocumentNode) -> Iterable[ConstDirectiveNode]:
    for definition in document.definitions:
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode):
            yield from definition.directives or ()


def _arguments(directive: ConstDirectiveNode) -> dict[str, Any]:
    return {a.name.value: value_from_ast_untyped(a.value) for a in directive.arguments or ()}


def _is_link(directive: ConstDirectiveNode) -> bool:
    url = _link_url(_arguments(directive))
    return isinstance(url, str) and _URL.match(url) is not None


def _link_url(arguments: Mapping[str, Any]) -> object:
    return arguments.get("url", arguments.get("feature"))


def _feature(directive: ConstDirectiveNode) -> Feature:
    arguments = _arguments(directive)
    match = _URL.match(str(_link_url(arguments)))
    if match is None:
        raise SupergraphInvalid(f"@{directive.name.value} has a url without a version.")
    return Feature(
        identity=match["identity"],
        name=match["name"],
        version=(int(match["major"]), int(match["minor"])),
        prefix=str(arguments.get("as") or match["name"]),
        imports=dict(_import(item) for item in arguments.get("import") or ()),
        purpose=arguments.get("for"),
    )


def _import(item: object) -> tuple[str, str]:
    if isinstance(item, str):
        return item, item
    if isinstance(item, dict) and isinstance(item.get("name"), str):  # pyright: ignore[reportUnknownMemberType] JSON-like value
        name = str(item["name"])  # pyright: ignore[reportUnknownArgumentType] JSON-like value
        return name, str(item.get("as") or name)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] JSON-like value
    raise SupergraphInvalid(f"@link imports {item!r}, which is no name.")


def _refuse_unknown(feature: Feature) -> None:
    must_understand = feature.purpose is not None or feature.identity == _APOLLO + "join"
    if not must_understand:
        return
    if feature.version not in _SUPPORTED.get(feature.identity, set()):
        version = ".".join(map(str, feature.version))
        purpose = f" (for: {feature.purpose})" if feature.purpose else ""
        raise SupergraphInvalid(
            f"The supergraph needs {feature.identity}/v{version}{purpose}, "
            f"which this router does not support."
        )
