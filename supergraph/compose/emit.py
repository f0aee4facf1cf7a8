"""Print a merged schema as supergraph SDL, the same text for the same subgraphs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import parse, print_ast
from graphql.language import StringValueNode

from supergraph.compose.merge import Merged
from supergraph.compose.schema import (
    Applied,
    DirectiveDefinition,
    Element,
    EnumValue,
    Field,
    InputValue,
    TypeDefinition,
)
from supergraph.compose.subgraph import ROOTS
from supergraph.federation.join import JOIN, join_definitions, join_version
from supergraph.federation.link import LINK
from supergraph.model.supergraph import Kind

_KEYWORDS = {
    Kind.OBJECT: "type",
    Kind.INTERFACE: "interface",
    Kind.UNION: "union",
    Kind.ENUM: "enum",
    Kind.INPUT: "input",
    Kind.SCALAR: "scalar",
}


def emit(merged: Merged) -> str:
    """The supergraph SDL: the schema first, then directives, then types, each sorted by name."""
    printed = {f"@{d.name}": _directive(d) for d in merged.directives}
    printed |= {name: _type(item) for name, item in merged.types.items()}
    printed["join__Graph"] = _graphs(merged)
    printed |= _specifications(merged)
    order = sorted(printed, key=lambda name: (not name.startswith("@"), name.lower(), name))
    return "\n\n".join([_schema(merged), *(printed[name] for name in order)]) + "\n"


def _schema(merged: Merged) -> str:
    version = join_version(merged.version)
    links = [
        f'@link(url: "{LINK}/v1.0")',
        f'@link(url: "{JOIN}/{version}", for: EXECUTION)',
        *merged.features.links(),
    ]
    applied = [str(directive) for directive in merged.on_schema]
    roots = [f"  {root.lower()}: {root}" for root in ROOTS if root in merged.types]
    return "\n".join(["schema", *(f"  {line}" for line in [*links, *applied]), "{", *roots, "}"])


def _specifications(merged: Merged) -> dict[str, str]:
    """Definitions of the specifications in use, by name."""
    text = join_definitions(join_version(merged.version)) + merged.features.definitions()
    nodes = parse(text, no_location=True).definitions
    return {_name(print_ast(node)): print_ast(node) for node in nodes}


def _name(definition: str) -> str:
    return definition.split("{", maxsplit=1)[0].split("(", maxsplit=1)[0].split()[1]


def _graphs(merged: Merged) -> str:
    lines = [
        f"  {s.id} @join__graph(name: {_quoted(s.name)}, url: {_quoted(s.url)})"
        for s in merged.subgraphs
    ]
    return "\n".join(["enum join__Graph {", *lines, "}"])


def _directive(definition: DirectiveDefinition) -> str:
    repeatable = " repeatable" if definition.is_repeatable else ""
    places = " | ".join(definition.locations)
    arguments = _arguments(definition.arguments.values())
    head = f"directive @{definition.name}{arguments}{repeatable} on {places}"
    return _described(definition, head)


def _type(item: TypeDefinition) -> str:
    interfaces = f" implements {' & '.join(item.interfaces)}" if item.interfaces else ""
    lines = [f"{_KEYWORDS[item.kind]} {item.name}{interfaces}"]
    lines += [f"  {directive}" for directive in item.directives]
    if item.members:
        lines.append(f" = {' | '.join(item.members)}")
    body = list(_body(item))
    if body:
        lines += ["{", *body, "}"]
    return _described(item, "\n".join(lines))


def _body(item: TypeDefinition) -> Iterator[str]:
    for field in item.fields.values():
        yield _described(field, f"{_field(field)}{_applied(field.directives)}", indent="  ")
    for value in item.inputs.values():
        yield _described(value, _input(value), indent="  ")
    for value in item.values.values():
        yield _described(value, _value(value), indent="  ")


def _field(field: Field) -> str:
    return f"{field.name}{_arguments(field.arguments.values())}: {field.type}"


def _value(value: EnumValue) -> str:
    return f"{value.name}{_applied(value.directives)}"


def _arguments(arguments: Iterable[InputValue]) -> str:
    """One line, unless an argument has a description."""
    items = list(arguments)
    if any(item.description for item in items):
        lines = "\n".join(_described(item, _input(item), indent="    ") for item in items)
        return f"(\n{lines}\n  )"
    return f"({', '.join(_input(item) for item in items)})" if items else ""


def _input(item: InputValue) -> str:
    default = f" = {print_ast(item.default)}" if item.default else ""
    return f"{item.name}: {item.type}{default}{_applied(item.directives)}"


def _applied(directives: Iterable[Applied]) -> str:
    return "".join(f" {directive}" for directive in directives)


def _described(element: Element, text: str, indent: str = "") -> str:
    if not element.description:
        return f"{indent}{text}"
    block = print_ast(StringValueNode(value=element.description, block=True))
    lines = [f"{indent}{line}" if line else "" for line in block.splitlines()]
    return "\n".join([*lines, f"{indent}{text}"])


def _quoted(text: str) -> str:
    return print_ast(StringValueNode(value=text))
