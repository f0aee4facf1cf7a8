"""The key of an interface is a key of every object that implements it.

Codes: INTERFACE_KEY_NOT_ON_IMPLEMENTATION, INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/entities/interfaces
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from supergraph.compose.diagnostics import CompositionError, problem
from supergraph.compose.field_use import field_set_of
from supergraph.compose.schema import Applied, TypeDefinition
from supergraph.compose.subgraph import Subgraph
from supergraph.model.supergraph import Kind


def interface_keys(subgraph: Subgraph) -> Iterator[CompositionError]:
    """Judge the keys of every interface of one subgraph."""
    for definition in _interfaces(subgraph):
        for name in subgraph.runtime_types(definition.name):
            has = {str(field_set_of(key)) for key in subgraph.types[name].applied("key")}
            for key in definition.applied("key"):
                if str(field_set_of(key)) not in has:
                    text = f'{key} of the interface "{definition.name}" is no key of "{name}"'
                    code = "INTERFACE_KEY_NOT_ON_IMPLEMENTATION"
                    yield problem(code, subgraph.name, name, text)


def interface_key_types(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionError]:
    """A subgraph that can look up an interface by key knows all of its objects."""
    for subgraph in subgraphs:
        for definition in _interfaces(subgraph):
            everywhere = {name for other in subgraphs for name in _objects(other, definition.name)}
            missing = sorted(everywhere - {*subgraph.runtime_types(definition.name)})
            if missing and any(_is_resolvable(key) for key in definition.applied("key")):
                text = (
                    f'the interface "{definition.name}" has a resolvable key here, but the subgraph'
                    f" lacks its implementations {', '.join(missing)}"
                )
                code = "INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE"
                yield problem(code, subgraph.name, definition.name, text)


def _interfaces(subgraph: Subgraph) -> Iterator[TypeDefinition]:
    yield from (d for d in subgraph.types.values() if d.kind is Kind.INTERFACE and d.has("key"))


def _objects(subgraph: Subgraph, interface: str) -> Iterator[str]:
    for name, definition in subgraph.types.items():
        if definition.kind is Kind.OBJECT and interface in definition.interfaces:
            yield name


def _is_resolvable(key: Applied) -> bool:
    return key.flag("resolvable", default=True)
