"""@link: which specifications a schema uses, and under which names.

See https://specs.apollo.dev/link/v1.0
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from graphql.language import (
    DirectiveNode,
    DocumentNode,
    EnumValueNode,
    ListValueNode,
    ObjectValueNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    StringValueNode,
    ValueNode,
)

from supergraph.federation.version import Version, parse_version

LINK = "https://specs.apollo.dev/link"
FEDERATION = "https://specs.apollo.dev/federation"


class LinkInvalid(ValueError):
    """The application of @link is malformed."""


class LinkIdentifierInvalid(LinkInvalid):
    """The URL of a @link names no specification or no version."""


class ImportRenamed(LinkInvalid):
    """An import renames a directive to a type or a type to a directive."""


@dataclass(frozen=True, slots=True)
class Import:
    """One imported element; directives keep their `@`."""

    name: str
    alias: str


@dataclass(frozen=True, slots=True)
class Link:
    """One application of @link.

    Attributes:
        identity: the URL without its version; what makes two links the same specification.
        name: the last part of the identity, and the default namespace of its elements.
        version: `None` where the URL has none.
        alias: the namespace that replaces `name`.
        purpose: `SECURITY` or `EXECUTION`: a router that does not know it must refuse the schema.
    """

    url: str
    identity: str
    name: str
    version: Version | None = None
    alias: str | None = None
    imports: tuple[Import, ...] = ()
    purpose: str | None = None

    @property
    def namespace(self) -> str:
        """What stands before `__` in names that were not imported."""
        return self.alias or self.name

    def directive_name(self, name: str) -> str:
        """What the schema calls this specification's directive `name`."""
        imported = self.imported(f"@{name}")
        if imported:
            return imported.removeprefix("@")
        return self.namespace if name == self.name else f"{self.namespace}__{name}"

    def type_name(self, name: str) -> str:
        """What the schema calls this specification's type `name`."""
        return self.imported(name) or f"{self.namespace}__{name}"

    def imported(self, name: str) -> str | None:
        """The local name of an imported element."""
        return next((item.alias for item in self.imports if item.name == name), None)


def read_links(document: DocumentNode) -> tuple[Link, ...]:
    """Every @link of a schema, in the order written.

    Raises:
        LinkInvalid: an application has a wrong shape.
    """
    applied = list(schema_directives(document))
    name = _name_of_link(applied)
    return tuple(_link(node) for node in applied if node.name.value == name)


def schema_directives(document: DocumentNode) -> Iterator[DirectiveNode]:
    """What is applied to the schema itself, in its definition and its extensions."""
    for definition in document.definitions:
        if isinstance(definition, SchemaDefinitionNode | SchemaExtensionNode):
            yield from definition.directives or ()


def _name_of_link(applied: Iterable[DirectiveNode]) -> str:
    """The link specification may rename its own directive by linking itself."""
    for node in applied:
        arguments = _arguments(node)
        alias = _text(arguments.get("as")) or "link"
        url = _text(arguments.get("url")) or ""
        if url.startswith(f"{LINK}/") and node.name.value == alias:
            return alias
    return "link"


def _link(node: DirectiveNode) -> Link:
    arguments = _arguments(node)
    url = _text(arguments.get("url"))
    if url is None:
        raise LinkInvalid("@link needs a url")
    identity, name, version = _read_url(url)
    return Link(
        url=url,
        identity=identity,
        name=name,
        version=version,
        alias=_text(arguments.get("as")),
        imports=tuple(_imports(arguments.get("import"))),
        purpose=_purpose(arguments.get("for")),
    )


def _read_url(url: str) -> tuple[str, str, Version | None]:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise LinkIdentifierInvalid(f"not a URL: {url}") from error
    segments = [segment for segment in parts.path.split("/") if segment]
    if not segments:
        raise LinkIdentifierInvalid(f"missing path in feature url {url}")
    version = parse_version(segments[-1])
    if version is None and len(segments) > 1:
        raise LinkIdentifierInvalid(f"expected a version such as v1.2, found {segments[-1]}")
    if version is None:
        return url.rstrip("/"), segments[-1], None
    if len(segments) == 1:
        raise LinkIdentifierInvalid(f"missing name before the version in feature url {url}")
    identity = f"{parts.scheme}://{parts.netloc}/" + "/".join(segments[:-1])
    return identity, segments[-2], version


def _imports(value: ValueNode | None) -> Iterator[Import]:
    if value is None:
        return
    if not isinstance(value, ListValueNode):
        raise LinkInvalid("the import of a @link must be a list")
    for item in value.values:
        yield _import(item)


def _import(item: ValueNode) -> Import:
    if isinstance(item, StringValueNode):
        return Import(item.value, item.value)
    if not isinstance(item, ObjectValueNode):
        raise LinkInvalid("an import must be a name or {name, as}")
    fields = {field.name.value: _text(field.value) for field in item.fields}
    name = fields.get("name")
    alias = fields.get("as") or name
    if name is None or alias is None or not fields.keys() <= {"name", "as"}:
        raise LinkInvalid("an import must be a name or {name, as}")
    if name.startswith("@") != alias.startswith("@"):
        raise ImportRenamed(f"{name} cannot be imported as {alias}: both or neither begin with @")
    return Import(name, alias)


def _purpose(value: ValueNode | None) -> str | None:
    return value.value if isinstance(value, EnumValueNode) else None


def _arguments(node: DirectiveNode) -> Mapping[str, ValueNode]:
    return {argument.name.value: argument.value for argument in node.arguments or ()}


def _text(value: ValueNode | None) -> str | None:
    return value.value if isinstance(value, StringValueNode) else None
