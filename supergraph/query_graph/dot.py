"""Draw a query graph for Graphviz: `dot -Tsvg`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import OperationType

from supergraph.query_graph.build import QueryGraph
from supergraph.query_graph.nodes import Node


def to_dot(graph: QueryGraph) -> str:
    """The part of a query graph that its roots reach, one cluster per subgraph.

    Solid arrows are fields, dotted ones downcasts, dashed ones key jumps; a field that
    requires something says so.
    """
    nodes = _reachable(graph)
    ids = {node: f"n{i}" for i, node in enumerate(nodes)}
    lines = [*_clusters(nodes, ids)]
    for node in nodes:
        lines += [
            f"  {ids[node]} -> {ids[target]} [{look}];" for target, look in _arrows(graph, node)
        ]
    return "\n".join(["digraph supergraph {", "  node [shape=box];", *lines, "}"])


def _reachable(graph: QueryGraph) -> list[Node]:
    todo = [node for kind in OperationType for node in graph.roots(kind)]
    found: dict[Node, None] = {}
    while todo:
        node = todo.pop()
        if node not in found:
            found[node] = None
            todo += [target for target, _ in _arrows(graph, node)]
    return sorted(found, key=lambda node: (node.graph, str(node)))


def _arrows(graph: QueryGraph, node: Node) -> Iterator[tuple[Node, str]]:
    for name in graph.supergraph.types[node.type_name].fields:
        move = graph.field(node, name)
        if move and move.target:
            needs = f" requires {move.requires}" if move.requires else ""
            yield move.target, f"label={_quoted(name + needs)}"
    for cast in graph.casts(node).values():
        yield cast.target, "style=dotted"
    for jump in graph.jumps(node):
        yield jump.target, f"style=dashed, label={_quoted(str(jump.key))}"


def _clusters(nodes: Iterable[Node], ids: dict[Node, str]) -> Iterator[str]:
    by_graph: dict[str, list[Node]] = {}
    for node in nodes:
        by_graph.setdefault(node.graph, []).append(node)
    for name, members in by_graph.items():
        yield f"  subgraph {_quoted(f'cluster_{name}')} {{ label={_quoted(name)};"
        yield from (f"    {ids[node]} [label={_quoted(_label(node))}];" for node in members)
        yield "  }"


def _label(node: Node) -> str:
    return str(node).replace(f"@{node.graph}", "")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
