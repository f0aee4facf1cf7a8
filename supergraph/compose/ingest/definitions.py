"""A schema may define federation's directives and types itself, if it defines them right.

Codes: DIRECTIVE_DEFINITION_INVALID, TYPE_DEFINITION_INVALID.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from graphql import print_ast
from graphql.language import (
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    InputValueDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeDefinitionNode,
)

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.ingest.names import Names
from supergraph.compose.schema import named_type, nullable


def definition_problems(
    document: DocumentNode, names: Names, subgraph: str
) -> Iterator[CompositionError]:
    """Every difference between a definition and the specification's that changes its meaning."""
    types = {d.name.value for d in document.definitions if isinstance(d, TypeDefinitionNode)}
    for definition in document.definitions:
        if isinstance(definition, DirectiveDefinitionNode):
            yield from _directive(definition, names, subgraph)
            yield from _unknown_types(definition, {*types, *names.types, *_BUILT_IN}, subgraph)
        elif isinstance(definition, TypeDefinitionNode):
            yield from _type(definition, names, subgraph)


def _type(
    definition: TypeDefinitionNode, names: Names, subgraph: str
) -> Iterator[CompositionError]:
    name = definition.name.value
    node_class = {"scalar": ScalarTypeDefinitionNode, "enum": EnumTypeDefinitionNode}
    wanted = names.types.get(name)
    if wanted and not isinstance(definition, node_class[wanted]):
        message = f'[{subgraph}] type "{name}" belongs to a specification, where it is a {wanted}'
        yield CompositionError("TYPE_DEFINITION_INVALID", message, (f"[{subgraph}] {name}",))


def _directive(
    definition: DirectiveDefinitionNode, names: Names, subgraph: str
) -> Iterator[CompositionError]:
    name = definition.name.value
    known = names.directives.get(name)
    if known is None:
        return
    for problem in _differences(definition, known.definition):
        message = f'[{subgraph}] invalid definition of "@{name}": {problem}'
        yield CompositionError("DIRECTIVE_DEFINITION_INVALID", message, (f"[{subgraph}] @{name}",))


def _unknown_types(
    definition: DirectiveDefinitionNode, known: Collection[str], subgraph: str
) -> Iterator[CompositionError]:
    for argument in definition.arguments or ():
        name = named_type(print_ast(argument.type))
        if name not in known:
            message = f'[{subgraph}] "@{definition.name.value}" has the unknown type "{name}"'
            yield CompositionError("INVALID_GRAPHQL", message, (f"[{subgraph}]",))


def _differences(found: DirectiveDefinitionNode, wanted: DirectiveDefinitionNode) -> Iterator[str]:
    places = {place.value for place in found.locations}
    extra = places - {place.value for place in wanted.locations}
    if extra:
        yield f"it cannot stand on {', '.join(sorted(extra))}"
    if found.repeatable and not wanted.repeatable:
        yield "it must not be repeatable"
    known = {argument.name.value: argument for argument in wanted.arguments or ()}
    given = {argument.name.value: argument for argument in found.arguments or ()}
    for name, argument in known.items():
        if name in given:
            yield from _argument(given[name], argument)
        elif print_ast(argument.type).endswith("!"):
            yield f'missing required argument "{name}"'
    yield from (f'unknown argument "{name}"' for name in given if name not in known)


def _argument(found: InputValueDefinitionNode, wanted: InputValueDefinitionNode) -> Iterator[str]:
    name = wanted.name.value
    types = print_ast(found.type), print_ast(wanted.type)
    if not _same_type(*types):
        yield f'argument "{name}" must have type {types[1]}, not {types[0]}'
    defaults = [print_ast(d) if d else "none" for d in (found.default_value, wanted.default_value)]
    if defaults[0] != defaults[1]:
        yield f'argument "{name}" must have the default {defaults[1]}, not {defaults[0]}'


# Names that schemas use for the specification's scalars, whatever they link.
_FIELD_SETS = ("FieldSet", "_FieldSet", "federation__FieldSet", "String")
# Early servers wrote a field set as a list of fields.
_STRINGS = "[String!]!"
_BUILT_IN = ("String", "Int", "Boolean", "Float", "ID")


def _same_type(found: str, wanted: str) -> bool:
    """Scalars of the specification may be given as String, and a required argument as optional."""
    wanted_name, found_name = named_type(wanted), named_type(found)
    if wanted_name == "FieldSet":
        if found == _STRINGS:
            return True
        is_same_name = found_name in _FIELD_SETS
    elif wanted_name in _BUILT_IN:
        is_same_name = found_name == wanted_name
    else:
        is_same_name = found_name == "String" or found_name.endswith(wanted_name)
    found_shape, wanted_shape = (
        nullable(text.replace(name, "T"))
        for text, name in ((found, found_name), (wanted, wanted_name))
    )
    return is_same_name and found_shape == wanted_shape
