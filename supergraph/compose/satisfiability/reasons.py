"""Why no subgraph can go on, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from supergraph.compose.satisfiability.explore import Dead
from supergraph.compose.satisfiability.reach import Reach
from supergraph.model.supergraph import FieldJoin
from supergraph.query_graph.nodes import Node


def reasons(dead: Dead, reach: Reach) -> Iterator[str]:
    """One line for each subgraph that the router can stand on, and each jump that it cannot do."""
    names = {node: reach.graph.supergraph.graphs[node.graph].name for node in dead.place}
    for node in sorted(dead.place, key=lambda node: (names[node], node.type_name)):
        yield f'from subgraph "{names[node]}": {_why(node, dead.field_name, reach)}'
    yield from sorted(set(_jumps(dead, reach)))


def _why(node: Node, field_name: str, reach: Reach) -> str:
    where = f'"{node.type_name}.{field_name}"'
    join = _join(node, field_name, reach)
    if join is None:
        return f"it has no field {where}"
    if join.requires is not None and not join.external:
        return f'what {where} requires ("{join.requires}") cannot be had or sent'
    if join.external:
        return f"{where} is @external there"
    return f"{where} is overridden, or not answered by every type of the interface"


def _join(node: Node, field_name: str, reach: Reach) -> FieldJoin | None:
    declared = reach.graph.supergraph.types[node.type_name].fields.get(field_name)
    return declared.joins.get(node.graph) if declared else None


def _jumps(dead: Dead, reach: Reach) -> Iterator[str]:
    supergraph = reach.graph.supergraph
    for jump in reach.jumps(dead.place):
        source = supergraph.graphs[jump.source.graph].name
        target = supergraph.graphs[jump.target.graph].name
        key = f'@key(fields: "{jump.key}") of "{jump.target.type_name}"'
        yield f'it cannot move from "{source}" to "{target}" by {key}: the key cannot be had'
    entered = {node.graph for node in dead.place}
    entered |= {jump.target.graph for jump in reach.jumps(dead.place)}
    for graph in supergraph.types[dead.state.type_name].joins.keys() - entered:
        target = supergraph.graphs[graph].name
        yield f'it cannot move to "{target}": "{dead.state.type_name}" has no resolvable key there'
