"""Whether every query that the supergraph allows can be answered by its subgraphs.

Codes: SATISFIABILITY_ERROR, MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED,
INVALID_FEDERATION_SUPERGRAPH.

See https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/composition
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphql import GraphQLError, OperationType

from supergraph.compose.diagnostics import CompositionError
from supergraph.compose.merge import Merged
from supergraph.compose.satisfiability.explore import Dead, Exploration, TooManyStates
from supergraph.compose.satisfiability.reach import Place, Reach
from supergraph.compose.satisfiability.reasons import reasons
from supergraph.compose.satisfiability.witness import witness
from supergraph.compose.schema import TypeDefinition
from supergraph.compose.visible import visible_types
from supergraph.model.api_schema import api_schema
from supergraph.model.overrides import override_labels, with_labels
from supergraph.model.read_sdl import SupergraphInvalid, read_supergraph
from supergraph.model.supergraph import Supergraph
from supergraph.query_graph.build import QueryGraph


def unsatisfiable(merged: Merged, sdl: str) -> Iterator[CompositionError]:
    """One error for each field that a query can reach and no subgraph can answer there.

    Args:
        merged: what the subgraphs make together.
        sdl: the same as a supergraph.
    """
    try:
        supergraph = read_supergraph(sdl)
        api_schema(supergraph)
    except (GraphQLError, SupergraphInvalid, TypeError) as error:
        # The rules should have said so in better words; a broken supergraph is never handed out.
        yield CompositionError("INVALID_FEDERATION_SUPERGRAPH", str(error))
        return
    types = visible_types(merged)
    found = (error for variant in _variants(supergraph) for error in _dead_ends(variant, types))
    yield from {error.nodes: error for error in found}.values()


def _variants(supergraph: Supergraph) -> Iterator[Supergraph]:
    """The supergraph with all override labels on, with all off, and with each one on alone."""
    labels = override_labels(supergraph)
    choices = {frozenset(labels), frozenset[str](), *(frozenset({label}) for label in labels)}
    yield from (with_labels(supergraph, on) for on in sorted(choices, key=sorted))


def _dead_ends(
    supergraph: Supergraph, types: Mapping[str, TypeDefinition]
) -> Iterator[CompositionError]:
    graph = QueryGraph(supergraph)
    roots = [node for kind in OperationType for node in graph.roots(kind)]
    exploration = Exploration(types, Reach(graph, roots))
    places: dict[str, Place] = {node.type_name: frozenset() for node in roots}
    for node in roots:
        places[node.type_name] |= {node}
    try:
        for dead in exploration.dead_ends(places):
            yield _error(dead, exploration)
    except TooManyStates:
        text = "the subgraphs can be combined in too many ways to check every query"
        yield CompositionError("MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED", text)


def _error(dead: Dead, exploration: Exploration) -> CompositionError:
    query = witness(dead, exploration.types)
    because = "\n".join(f"- {reason}" for reason in reasons(dead, exploration.reach))
    message = f"this query cannot be answered:\n{query}\nbecause:\n{because}"
    where = f"{dead.state.type_name}.{dead.field_name}"
    return CompositionError("SATISFIABILITY_ERROR", message, (where,))
